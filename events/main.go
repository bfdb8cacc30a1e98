// Command events replays the sample events beside it: each through the real
// binary of its function, under the Lambda Runtime API, with stand-ins for every
// party outside and a real DynamoDB engine. It prints the calls that the function
// made and its answer, and holds both against the golden file.
//
//	go run ./events                            lists the samples
//	go run ./events -- post-confirmation/google
//	go run ./events -- post-confirmation       replays all of one function
//	go run ./events -- all                     replays all, and prints a table
//	go run ./events -- -update all             writes the golden files anew
//
// It exits with 0 when everything matched, 1 when something did not, and 2 when
// it could not begin.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	exitOK    = 0
	exitWrong = 1 // a sample did not match its golden file
	exitUsage = 2 // nothing could be replayed
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	code, err := replayArgs(ctx, args, stdout)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "replay:", err)
		return exitUsage
	}
	return code
}

// replayArgs does what the arguments ask for.
func replayArgs(ctx context.Context, args []string, w io.Writer) (int, error) {
	o, err := parseOptions(args)
	if err != nil {
		return exitUsage, err
	}
	root, err := findRoot()
	if err != nil {
		return exitUsage, err
	}
	all, err := findSamples(root)
	if err != nil {
		return exitUsage, err
	}
	p := newPrinter(w)
	if len(o.names) == 0 {
		p.list(all)
		return exitOK, nil
	}
	chosen, err := choose(all, o.names)
	if err != nil {
		return exitUsage, err
	}
	return replayAll(ctx, root, chosen, o, p)
}
