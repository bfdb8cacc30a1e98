// Package build compiles the fleet's functions for this machine and knows when
// one of them must be compiled again.
package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// ErrCompile reports a function that does not compile. Its text ends in what
// the compiler said.
var ErrCompile = errors.New("does not compile")

// ErrNoSource reports a function of the manifest without a folder.
var ErrNoSource = errors.New("has no folder under functions/")

// parallel is how many compilers run at once: each one uses several cores.
const parallel = 2

// Builder compiles functions/<name> of the module at Root into
// Out/<name>/bootstrap. It is safe for concurrent use for different functions.
type Builder struct {
	Root string
	Out  string
	Now  func() time.Time

	sources sources
}

// Built tells what became of one function.
type Built struct {
	Function string
	Binary   string
	Took     time.Duration
	Fresh    bool // what was there is up to date, so nothing was compiled
	Err      error
}

// All compiles the functions that need it, two at a time, and tells progress of
// each one as it is done, one call at a time. The error joins those of all
// functions that failed, each compiler message once.
func (b *Builder) All(ctx context.Context, functions []string, progress func(Built)) error {
	if err := b.sources.load(ctx, b.Root, functions); err != nil {
		return err
	}
	done := make(chan Built)
	g := new(errgroup.Group)
	g.SetLimit(parallel)
	go func() {
		for _, f := range functions {
			g.Go(func() error { done <- b.one(ctx, f); return nil })
		}
		_ = g.Wait() // the builds report their errors through done
		close(done)
	}()
	var errs []error
	for r := range done {
		progress(r)
		if r.Err != nil && !told(errs, r.Err) {
			errs = append(errs, r.Err)
		}
	}
	return errors.Join(errs...)
}

// told reports whether the compiler's words are in an error already: a package
// that many functions use fails in all of them.
func told(errs []error, err error) bool {
	_, said, ok := strings.Cut(err.Error(), "\n")
	for _, e := range errs {
		if _, before, _ := strings.Cut(e.Error(), "\n"); ok && before == said {
			return true
		}
	}
	return false
}

// one compiles a function unless its binary is up to date.
func (b *Builder) one(ctx context.Context, function string) Built {
	start := b.Now()
	r := Built{Function: function, Binary: b.Binary(function)}
	stamp, err := b.sources.stamp(function, b.Now())
	if err == nil && b.fresh(function, stamp) {
		r.Fresh = true
		return r
	}
	_, r.Err = b.Build(ctx, function)
	r.Took = b.Now().Sub(start)
	return r
}

// Build compiles a function and returns its binary's path. A process that runs
// the old binary keeps it; after an error the old binary stays.
func (b *Builder) Build(ctx context.Context, function string) (string, error) {
	folder := filepath.Join(b.Root, "functions", function)
	if _, err := os.Stat(folder); err != nil {
		return "", fmt.Errorf("%s %w", function, ErrNoSource)
	}
	out := b.Binary(function)
	if err := os.MkdirAll(filepath.Dir(out), 0o750); err != nil {
		return "", fmt.Errorf("build: make the folder of %s: %w", function, err)
	}
	stamp, stampErr := b.sources.stamp(function, b.Now())
	next, err := nextTo(out)
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(next) }() // it is gone already if all went well
	if err := b.compile(ctx, function, next); err != nil {
		return "", err
	}
	if err := os.Rename(next, out); err != nil {
		return "", fmt.Errorf("build: replace the binary of %s: %w", function, err)
	}
	if stampErr == nil {
		_ = os.WriteFile(out+".stamp", []byte(stamp), 0o600) // without it the next start compiles again
	}
	return out, nil
}

// nextTo makes a file beside a binary under a name of its own: two fleets may
// build into the same folder.
func nextTo(out string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(out), "next.*")
	if err != nil {
		return "", fmt.Errorf("build: make room for a binary: %w", err)
	}
	return f.Name(), f.Close()
}

func (b *Builder) compile(ctx context.Context, function, out string) error {
	said, err := goCommand(ctx, b.Root, "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", out, "./functions/"+function)
	if ctx.Err() != nil {
		return fmt.Errorf("build: %s: %w", function, ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("%s %w (%w):\n%s", function, ErrCompile, err, indent(said))
	}
	return nil
}

// Binary is the path of a function's binary, whether it is there or not.
func (b *Builder) Binary(function string) string {
	return filepath.Join(b.Out, function, "bootstrap")
}

// fresh reports whether the binary was made from these very sources.
func (b *Builder) fresh(function, stamp string) bool {
	old, err := os.ReadFile(b.Binary(function) + ".stamp")
	if err != nil || string(old) != stamp {
		return false
	}
	_, err = os.Stat(b.Binary(function))
	return err == nil
}

// Changed returns a text that changes when the function's sources do: those of
// every package of the module that it is made of.
func (b *Builder) Changed(function string) (string, error) {
	return b.sources.stamp(function, b.Now())
}

// Relist reads anew which packages each function is made of. Call it after a
// build, which may have brought a new import.
func (b *Builder) Relist(ctx context.Context, functions []string) error {
	return b.sources.load(ctx, b.Root, functions)
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

// toolchain is part of every stamp: another compiler makes another binary. The
// program that builds was itself built by the same one.
func toolchain() string { return runtime.Version() + " " + runtime.GOARCH }
