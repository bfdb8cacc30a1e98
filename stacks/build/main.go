// Command build makes every function of the manifest for AWS, one
// dist/<name>/bootstrap each, and prints the sizes beside their budgets. A
// binary over its budget fails the build: size is cold-start time.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/fleet"
)

// buildFlags are those of the design: nothing that differs from machine to machine
// may reach the binary, or every deploy would replace every function.
func buildFlags() []string {
	return []string{"-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="}
}

func main() {
	arch := flag.String("arch", "arm64", "the functions' architecture")
	out := flag.String("out", "dist", "the folder for the binaries")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *arch, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run builds the functions called names, or all of them, and prints the table.
func run(ctx context.Context, w io.Writer, arch, out string, names []string) error {
	functions := selected(names)
	if len(functions) == 0 {
		return fmt.Errorf("no function is called %q", names)
	}
	parts, err := ingredients(ctx, arch)
	if err != nil {
		parts = nil // something does not compile: the build below says what
	}
	results := make([]result, len(functions))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for i, f := range functions {
		g.Go(func() (err error) {
			results[i], err = build(ctx, f, arch, out, parts)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return report(w, results)
}

func selected(names []string) []fleet.Function {
	return slices.DeleteFunc(fleet.Functions(), func(f fleet.Function) bool {
		return len(names) > 0 && !slices.Contains(names, f.Name)
	})
}

// result is one built function.
type result struct {
	name   string
	bytes  int64
	budget int64
	took   time.Duration
}

// build links a function, unless its binary is made of the same already.
func build(ctx context.Context, f fleet.Function, arch, out string, parts made) (result, error) {
	start := time.Now()
	target := filepath.Join(out, f.Name, "bootstrap")
	if !parts.fresh(out, f.Name) {
		args := append([]string{"build", "-o", target}, buildFlags()...)
		cmd := exec.CommandContext(ctx, "go", append(args, "./functions/"+f.Name)...)
		cmd.Env = environment(arch)
		if said, err := cmd.CombinedOutput(); err != nil {
			return result{}, fmt.Errorf("%s does not build: %w\n%s", f.Name, err, said)
		}
	}
	info, err := os.Stat(target)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	if err := parts.keep(out, f.Name, info.Size()); err != nil {
		return result{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	return result{f.Name, info.Size(), f.BinaryBudget(), time.Since(start)}, nil
}

func environment(arch string) []string {
	return append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
}

// report prints one row a function and fails when one is over its budget.
func report(w io.Writer, results []result) error {
	var over []string
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "function\tMB\tbudget\tseconds\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.1f\t%.0f\t%.1f\t\n", r.name, mb(r.bytes), mb(r.budget), r.took.Seconds())
		if r.bytes > r.budget {
			over = append(over, r.name)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(over) > 0 {
		return fmt.Errorf("over the size budget: %q", over)
	}
	return nil
}

func mb(n int64) float64 { return float64(n) / fleet.MB }
