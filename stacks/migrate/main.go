// Command migrate runs the operator's part of the move from the old system: it
// invokes the backfill functions slice by slice, shows how far they are, keeps
// the cursor in a file, and tells at the end what was done, what was passed over
// and what somebody should look at. It may be stopped or killed at any time; the
// same command goes on.
//
//	go tool task migrate -- -local users      the fleet on this machine
//	go tool task migrate -- -dry-run plans    AWS, without writing anything
//	go tool task migrate -- all               users, then plans, then profiles
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailed  = 1 // run the same command again
	exitMisused = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as parameters.
func run(ctx context.Context, args []string, out, trouble io.Writer) int {
	o, err := parse(args, trouble)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintln(trouble, "migrate:", err)
		return exitMisused
	}
	lambda, err := o.lambda(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(trouble, "migrate:", err)
		return exitMisused
	}
	for _, job := range o.jobs {
		op := operator{
			lambda: lambda, options: o, screen: &screen{w: out, live: isTerminal(out), now: time.Now}, now: time.Now, pause: pause,
			file: store(filepath.Join(o.state, o.name(job)+".json")),
		}
		if err := op.run(ctx, job); err != nil {
			_, _ = fmt.Fprintln(trouble, "migrate:", err)
			return exitFailed
		}
	}
	return exitOK
}

// isTerminal reports whether a progress bar can be drawn over itself there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// pause waits, or ends with the context.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// httpClient waits for a slice a little longer than a function may run.
func httpClient() *http.Client { return &http.Client{Timeout: 6 * time.Minute} }
