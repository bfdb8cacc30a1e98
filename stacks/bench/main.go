// Command bench measures what the design promises and prints it beside the
// budgets: token checks, each function's cold start, processor time and memory,
// a handler's own work, the binaries for AWS, and the same job done in Node. It
// reports and judges; it never fails a build, for a busy machine is no defect.
//
//	go tool task bench
//	go run ./stacks/bench -runs 50 -only profile-get
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/build"
)

// bench is what all measurements share.
type bench struct {
	root     string
	runs     int // cold starts of each function
	keys     keys.Set
	binaries map[string]string
	table    *table
}

func main() {
	runs := flag.Int("runs", 20, "cold starts of each function")
	only := flag.String("only", "", "the functions to measure, comma separated; all if empty")
	node := flag.Bool("node", true, "measure the same job in Node, which needs Node and npm")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *runs, *only, *node); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs int, only string, node bool) error {
	b := &bench{runs: max(runs, 1), table: &table{w: os.Stdout}}
	functions := slices.DeleteFunc(fleet.Functions(), func(f fleet.Function) bool {
		return only != "" && !slices.Contains(strings.Split(only, ","), f.Name)
	})
	if len(functions) == 0 {
		return fmt.Errorf("the manifest has no function %s", only)
	}
	if err := b.prepare(ctx, functions); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(os.Stdout, machine())
	steps := []func(context.Context, []fleet.Function) error{b.verify, b.coldStarts, b.ownWork, b.sizes}
	if node {
		steps = append(steps, b.againstNode)
	}
	for _, step := range steps {
		if err := step(ctx, functions); err != nil {
			return err
		}
	}
	b.table.end()
	return nil
}

// machine says what measured: a busy one measures others' work too.
func machine() string {
	load := "unknown"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(text), " ")
	}
	return fmt.Sprintf("%s/%s, %d cores, %s, load %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), load)
}

// prepare builds the functions as they are deployed, but for this machine.
func (b *bench) prepare(ctx context.Context, functions []fleet.Function) (err error) {
	if b.root, err = os.Getwd(); err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	if _, err := os.Stat(filepath.Join(b.root, "go.work")); err != nil {
		return fmt.Errorf("run this in the repository's root: %w", err)
	}
	if b.keys, err = keys.Generate(); err != nil {
		return err
	}
	names := make([]string, len(functions))
	for i, f := range functions {
		names[i] = f.Name
	}
	b.binaries = map[string]string{}
	builder := build.Builder{Root: b.root, Out: filepath.Join(b.root, ".local", "bench", "bin"), Now: time.Now}
	return builder.All(ctx, names, func(r build.Built) { b.binaries[r.Function] = r.Binary })
}
