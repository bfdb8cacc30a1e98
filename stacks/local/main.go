// Command local runs the whole fleet on this machine, with a stand-in for each
// outside party. It needs Go and Node; no account, no Docker, no key.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"callanalyst/stacks/local/dotenv"
	"callanalyst/stacks/local/stack"
)

func main() { os.Exit(run(os.Args[1:])) }

// run is main with an exit code: 0 after a stop that was asked for, 1 after
// trouble, 2 after a wrong flag.
func run(args []string) int {
	p, err := plan(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return complain(err, 2)
	}
	if p.Env, err = dotenv.Read(filepath.Join(p.Root, ".env")); err != nil {
		return complain(&stack.Trouble{Cause: err, Fix: "Correct the line, or delete the file: the fleet needs none."}, 1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once; its children die with it
	begun := time.Now()
	s, err := stack.Start(ctx, p)
	if err != nil && ctx.Err() != nil {
		_, _ = fmt.Fprintln(os.Stdout, "\nstopped before it was ready")
		return 0
	}
	if err != nil {
		return complain(err, 1)
	}
	printReady(os.Stdout, s, time.Since(begun))
	return await(ctx, s)
}

// await runs until a signal or a failure, then stops everything.
func await(ctx context.Context, s *stack.Stack) int {
	code := 0
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(os.Stdout, "\nstopping …")
	case err := <-s.Failed():
		code = complain(err, 1)
	}
	limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Stop(limit); err != nil {
		return complain(err, 1)
	}
	_, _ = fmt.Fprintln(os.Stdout, "stopped: no process is left")
	return code
}

func complain(err error, code int) int {
	_, _ = fmt.Fprintln(os.Stderr, "✗ "+stack.Describe(err))
	return code
}

// logger writes trouble to the terminal, one line each.
func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
