package build

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// goCommand runs the go command in root, in a process group of its own, and
// returns what it printed. The end of ctx kills the whole group: the go command
// starts compilers.
func goCommand(ctx context.Context, root string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = group()
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	cmd.WaitDelay = time.Second
	done := make(chan error, 1)
	go func() {
		// The kernel ties a child's death signal to the thread that started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		done <- cmd.Run()
	}()
	err := <-done
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return strings.TrimSpace(out.String()), err
}
