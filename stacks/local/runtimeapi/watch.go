package runtimeapi

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// Watcher rebuilds functions whose sources change. Report and Now may be nil.
type Watcher struct {
	Targets []Target
	// Tick says when to look; every 300 ms feels immediate.
	Tick <-chan time.Time
	// Build compiles a function into a file of its own, and returns its path.
	// The error holds what the compiler said.
	Build func(ctx context.Context, function string) (binary string, err error)
	// Swap puts the binary into service, as [Host.Swap] does.
	Swap func(function, binary string) error
	// Report is told of each rebuild, in the watcher's own goroutine.
	Report func(Rebuild)
	// Now times the builds. Nil is time.Now.
	Now func() time.Time
}

// Target is what one function is built from.
type Target struct {
	Function string
	// Dirs are read with all that is below them, but for hidden folders and tests.
	Dirs []string
	// BuildID, if set, is asked instead of Dirs: a new answer is a new source.
	BuildID func() (string, error)
}

// Rebuild tells how the rebuild of one function went. After an error the old
// binary is still in service.
type Rebuild struct {
	Function string
	Took     time.Duration
	Err      error
}

// progress is how far the watcher is with one target.
type progress struct {
	built string // the sources of the last build, whatever came of it
	seen  string // the sources at the last look
}

// Run watches until ctx ends. What is there when it begins counts as built. A
// change is built once it has stayed the same for one tick, so that an editor
// that saves ten files causes one build.
func (w *Watcher) Run(ctx context.Context) {
	state := make([]progress, len(w.Targets))
	dirs := map[string]string{}
	for i, t := range w.Targets {
		print := t.fingerprint(dirs)
		state[i] = progress{built: print, seen: print}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.Tick:
			w.look(ctx, state)
		}
	}
}

// look builds what has changed and settled.
func (w *Watcher) look(ctx context.Context, state []progress) {
	dirs := map[string]string{}
	for i, t := range w.Targets {
		p := &state[i]
		print := t.fingerprint(dirs)
		settled := print == p.seen
		p.seen = print
		if !settled || print == p.built || ctx.Err() != nil {
			continue
		}
		p.built = print
		w.rebuild(ctx, t.Function)
	}
}

func (w *Watcher) rebuild(ctx context.Context, function string) {
	now := w.Now
	if now == nil {
		now = time.Now
	}
	begun := now()
	binary, err := w.Build(ctx, function)
	if err != nil {
		err = fmt.Errorf("runtimeapi: build %s: %w", function, err)
	} else {
		err = w.Swap(function, binary)
	}
	if w.Report != nil && ctx.Err() == nil {
		w.Report(Rebuild{Function: function, Took: now().Sub(begun), Err: err})
	}
}

// fingerprint changes when a source does. Dirs that several functions share
// are read once. What cannot be read is a change too: the build will tell why.
func (t Target) fingerprint(dirs map[string]string) string {
	if t.BuildID != nil {
		id, err := t.BuildID()
		if err != nil {
			return "error: " + err.Error()
		}
		return id
	}
	var b strings.Builder
	for _, d := range t.Dirs {
		if _, ok := dirs[d]; !ok {
			dirs[d] = scan(d)
		}
		b.WriteString(dirs[d])
	}
	return b.String()
}

// scan sums up a folder's files by path, size and time of change.
func scan(dir string) string {
	sum := fnv.New128a()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case !d.Type().IsRegular() || strings.HasSuffix(d.Name(), "_test.go"):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(sum, path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return fmt.Sprintf("%x %v\n", sum.Sum(nil), err)
}
