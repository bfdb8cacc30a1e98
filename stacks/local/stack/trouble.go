package stack

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/stacks/local/build"
	"callanalyst/stacks/local/keep"
)

// Trouble is a failure that whoever runs the fleet can mend: its text is the
// cause, and Fix says what to do.
type Trouble struct {
	Cause error
	Fix   string
}

// Error is the cause.
func (t *Trouble) Error() string { return t.Cause.Error() }

// Unwrap returns the cause.
func (t *Trouble) Unwrap() error { return t.Cause }

func trouble(fix, format string, args ...any) error {
	return &Trouble{Cause: fmt.Errorf(format, args...), Fix: fix}
}

// explain gives well-known failures their fix.
func explain(err error) error {
	var known *Trouble
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, build.ErrCompile):
		return &Trouble{err, "Correct the code, then start again. While a fleet runs it rebuilds by itself."}
	case errors.Is(err, build.ErrNoSource):
		return &Trouble{err, "Add the folder, or take the function's row out of pkg/fleet."}
	case errors.Is(err, dynamotest.ErrNoEngine):
		return &Trouble{err, "Run `go tool task setup`. Where dynoxide has no build, install Java 17 and start with -java."}
	case errors.Is(err, keep.ErrInUse):
		return &Trouble{err, "Stop the other fleet, or give this one another folder with -data."}
	}
	return err
}

// checkTools finds out what is missing on this machine before anything starts.
func checkTools(root string, look func(string) (string, error)) error {
	if _, err := look("go"); err != nil {
		return trouble("Install Go from https://go.dev/dl and make sure that `go version` works in this terminal.", "the go command was not found")
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules")); err == nil {
		return nil
	}
	if _, err := look("npm"); err != nil {
		return trouble("Install Node 20 or newer from https://nodejs.org, then run `go tool task setup`.",
			"Node was not found (there is no npm command), and the local DynamoDB comes by npm")
	}
	return trouble("Run `go tool task setup`, which runs npm ci.", "node_modules is missing in %s, and the local DynamoDB is in it", root)
}

// portTrouble words a failed listen.
func portTrouble(p Port, port int, err error) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return trouble(fmt.Sprintf("Choose another port with -%s.", p.Name), "cannot listen on port %d (%s): %w", port, p.Name, err)
	}
	return trouble(fmt.Sprintf("Stop what listens there (another fleet?), or move this one: -%s <port> for this port, -shift 1000 for all.", p.Name),
		"port %d (%s) is in use", port, p.Name)
}

// Describe words an error for a terminal: the cause, and what to do about it.
func Describe(err error) string {
	var t *Trouble
	text := strings.TrimSpace(err.Error())
	if errors.As(err, &t) {
		return text + "\n→ " + t.Fix
	}
	return text
}
