package runtimeapi_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/runtimeapi"
)

// workbench runs a Watcher that the test drives look by look, in a bubble.
type workbench struct {
	t       *testing.T
	tick    chan time.Time
	built   []string // functions, in order
	swapped []string // "function=binary"
	reports []runtimeapi.Rebuild
	fail    error
}

func newWorkbench(t *testing.T, targets ...runtimeapi.Target) *workbench {
	t.Helper()
	b := &workbench{t: t, tick: make(chan time.Time)}
	w := runtimeapi.Watcher{
		Targets: targets, Tick: b.tick,
		Build: func(_ context.Context, function string) (string, error) {
			b.built = append(b.built, function)
			return "/bin/" + function, b.fail
		},
		Swap:   func(function, binary string) error { b.swapped = append(b.swapped, function+"="+binary); return nil },
		Report: func(r runtimeapi.Rebuild) { b.reports = append(b.reports, r) },
	}
	go w.Run(t.Context())
	synctest.Wait()
	return b
}

// looks lets the watcher look n times, and returns when it is through.
func (b *workbench) looks(n int) {
	for range n {
		b.tick <- time.Time{}
		synctest.Wait()
	}
}

func (b *workbench) wantBuilt(when string, want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.built); diff != "" {
		b.t.Errorf("built %s (-want +got):\n%s", when, diff)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWatcherRebuildsWhatChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/ask/main.go", "package main")
		write(t, dir+"/consent/main.go", "package main")
		write(t, dir+"/pkg/rest/rest.go", "package rest")
		b := newWorkbench(t,
			runtimeapi.Target{Function: "ask", Dirs: []string{dir + "/ask", dir + "/pkg"}},
			runtimeapi.Target{Function: "consent", Dirs: []string{dir + "/consent", dir + "/pkg"}},
		)
		b.wantBuilt("before any change")

		write(t, dir+"/ask/main.go", "package main // changed")
		b.looks(3)
		b.wantBuilt("after a change of ask", "ask")

		write(t, dir+"/pkg/rest/new.go", "package rest")
		b.looks(3)
		b.wantBuilt("after a new file in a shared package", "ask", "ask", "consent")

		if err := os.Remove(dir + "/consent/main.go"); err != nil {
			t.Fatal(err)
		}
		b.looks(3)
		b.wantBuilt("after a file of consent is gone", "ask", "ask", "consent", "consent")

		want := []string{"ask=/bin/ask", "ask=/bin/ask", "consent=/bin/consent", "consent=/bin/consent"}
		if diff := cmp.Diff(want, b.swapped); diff != "" {
			t.Errorf("swapped (-want +got):\n%s", diff)
		}
		if len(b.reports) != 4 || b.reports[0].Function != "ask" || b.reports[0].Err != nil {
			t.Errorf("reports = %+v, want four without an error", b.reports)
		}
	})
}

func TestWatcherIgnores(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"main_test.go", ".git/HEAD", "testdata/event.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				write(t, dir+"/main.go", "package main")
				b := newWorkbench(t, runtimeapi.Target{Function: "ask", Dirs: []string{dir}})

				write(t, filepath.Join(dir, name), "changed")
				b.looks(3)

				b.wantBuilt("after a change of " + name)
			})
		})
	}
}

func TestWatcherWaitsUntilTheSourcesRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		id := "1"
		b := newWorkbench(t, runtimeapi.Target{Function: "ask", BuildID: func() (string, error) { return id, nil }})
		for _, id = range []string{"2", "3", "4", "5"} {
			b.looks(1)
		}
		b.wantBuilt("while the sources still change")
		b.looks(3)

		b.wantBuilt("after four changes in a row", "ask")
	})
}

func TestWatcherKeepsTheOldBinaryWhenTheBuildFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/main.go", "package main")
		b := newWorkbench(t, runtimeapi.Target{Function: "ask", Dirs: []string{dir}})
		b.fail = errors.New("./main.go:3:1: syntax error")

		write(t, dir+"/main.go", "package main }")
		b.looks(5)

		b.wantBuilt("once for one change that does not compile", "ask")
		if len(b.swapped) != 0 {
			t.Errorf("swapped = %q, want nothing", b.swapped)
		}
		if len(b.reports) != 1 || !errors.Is(b.reports[0].Err, b.fail) || !strings.Contains(b.reports[0].Err.Error(), "./main.go:3:1: syntax error") {
			t.Errorf("reports = %+v, want the compiler's words", b.reports)
		}

		b.fail = nil
		write(t, dir+"/main.go", "package main // mended")
		b.looks(3)
		if diff := cmp.Diff([]string{"ask=/bin/ask"}, b.swapped); diff != "" {
			t.Errorf("swapped after the repair (-want +got):\n%s", diff)
		}
	})
}

func TestWatcherTakesUnreadableSourcesForAChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/ask/main.go", "package main")
		var idErr error
		b := newWorkbench(t,
			runtimeapi.Target{Function: "ask", Dirs: []string{dir + "/ask"}},
			runtimeapi.Target{Function: "id", BuildID: func() (string, error) { return "1", idErr }},
		)
		if err := os.RemoveAll(dir + "/ask"); err != nil {
			t.Fatal(err)
		}
		idErr = errors.New("no such module")
		b.looks(3)

		b.wantBuilt("after the sources are gone", "ask", "id")
	})
}

func TestWatcherSwapsRealProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir+"/main.go", "package main")
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("binary"))
	old := invoke(t, h, "binary", "{}")
	path := copyBinary(t)
	tick, reports := make(chan time.Time), make(chan runtimeapi.Rebuild, 1)
	w := runtimeapi.Watcher{
		Targets: []runtimeapi.Target{{Function: "binary", Dirs: []string{dir}}}, Tick: tick, Swap: h.Swap,
		Build:  func(context.Context, string) (string, error) { return path, nil },
		Report: func(r runtimeapi.Rebuild) { reports <- r },
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go w.Run(ctx)
	tick <- time.Time{}
	write(t, dir+"/main.go", "package main // changed")
	for range 2 {
		tick <- time.Time{}
	}

	if r := receive(t, "the rebuild", reports); r.Err != nil {
		t.Fatalf("rebuild = %v, want nil", r.Err)
	}
	if r := invoke(t, h, "binary", "{}"); string(r.Payload) != `"`+path+`"` || string(old.Payload) == string(r.Payload) {
		t.Errorf("binary = %s then %s, want %s at last", old.Payload, r.Payload, path)
	}
}
