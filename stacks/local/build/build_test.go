package build_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/build"
)

const hello = `package main

import "example.test/pkg/words"

func main() { print(words.Hello) }
`

// module writes a module with two functions that share one package, and a
// builder for it.
func module(t *testing.T) *build.Builder {
	t.Helper()
	root := t.TempDir()
	put(t, root, "go.mod", "module example.test\n\ngo 1.26\n")
	put(t, root, "pkg/words/words.go", "package words\n\nconst Hello = \"hello\"\n")
	put(t, root, "functions/first/main.go", hello)
	put(t, root, "functions/second/main.go", "package main\n\nfunc main() {}\n")
	return &build.Builder{Root: root, Out: filepath.Join(root, ".local", "bin"), Now: time.Now}
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// all builds the functions and returns which of them were compiled.
func all(t *testing.T, b *build.Builder, functions ...string) (compiled map[string]bool, err error) {
	t.Helper()
	compiled = map[string]bool{}
	err = b.All(t.Context(), functions, func(r build.Built) {
		if r.Err == nil {
			compiled[r.Function] = !r.Fresh
		}
	})
	return compiled, err
}

func printed(t *testing.T, b *build.Builder, function string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(b.Out, function, "bootstrap")).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestAllCompilesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	b := module(t)
	steps := []struct {
		name   string
		change func()
		want   map[string]bool
	}{
		{name: "the first time compiles all", change: func() {}, want: map[string]bool{"first": true, "second": true}},
		{name: "nothing changed", change: func() {}, want: map[string]bool{"first": false, "second": false}},
		{
			name:   "a package that one of them uses",
			change: func() { put(t, b.Root, "pkg/words/words.go", "package words\n\nconst Hello = \"good day\"\n") },
			want:   map[string]bool{"first": true, "second": false},
		},
		{
			name:   "a test is not part of a binary",
			change: func() { put(t, b.Root, "pkg/words/words_test.go", "package words_test\n") },
			want:   map[string]bool{"first": false, "second": false},
		},
		{
			name: "a binary that was deleted",
			change: func() {
				if err := os.Remove(filepath.Join(b.Out, "second", "bootstrap")); err != nil {
					t.Fatal(err)
				}
			},
			want: map[string]bool{"first": false, "second": true},
		},
		{
			name:   "the module's requirements",
			change: func() { put(t, b.Root, "go.mod", "module example.test\n\ngo 1.26.0\n") },
			want:   map[string]bool{"first": true, "second": true},
		},
	}
	for _, s := range steps {
		s.change()
		got, err := all(t, b, "first", "second")
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if diff := cmp.Diff(s.want, got); diff != "" {
			t.Errorf("%s: compiled (-want +got):\n%s", s.name, diff)
		}
	}
	if got := printed(t, b, "first"); got != "good day" {
		t.Errorf("the binary prints %q, want the changed text", got)
	}
}

func TestAllNamesEveryFunctionThatDoesNotCompile(t *testing.T) {
	t.Parallel()
	b := module(t)
	put(t, b.Root, "pkg/words/words.go", "package words\n\nconst Hello = undefined\n")
	put(t, b.Root, "functions/third/main.go", hello)
	put(t, b.Root, "functions/fourth/main.go", "package main\n\nfunc main() { return 1 }\n")
	_, err := all(t, b, "first", "second", "third", "fourth")
	if !errors.Is(err, build.ErrCompile) {
		t.Fatalf("All = %v, want ErrCompile", err)
	}
	for _, want := range []string{"pkg/words/words.go:3:15: undefined: undefined", "functions/fourth/main.go:3:22"} {
		if n := strings.Count(err.Error(), want); n != 1 {
			t.Errorf("the error has %q %d times, want once:\n%v", want, n, err)
		}
	}
	if _, err := os.Stat(filepath.Join(b.Out, "second", "bootstrap")); err != nil {
		t.Errorf("the function without a mistake was not built: %v", err)
	}
}

func TestBuildKeepsTheOldBinaryAfterAnError(t *testing.T) {
	t.Parallel()
	b := module(t)
	if _, err := all(t, b, "first"); err != nil {
		t.Fatal(err)
	}
	put(t, b.Root, "pkg/words/words.go", "package words\n\nconst Hello = 1 +\n")
	if _, err := b.Build(t.Context(), "first"); !errors.Is(err, build.ErrCompile) {
		t.Errorf("Build = %v, want ErrCompile", err)
	}
	if got := printed(t, b, "first"); got != "hello" {
		t.Errorf("the binary prints %q, want what it printed before", got)
	}
}

func TestAFunctionWithoutAFolder(t *testing.T) {
	t.Parallel()
	b := module(t)
	if _, err := all(t, b, "first", "missing"); !errors.Is(err, build.ErrNoSource) {
		t.Errorf("All = %v, want ErrNoSource", err)
	}
}

func TestChangedFollowsNewImports(t *testing.T) {
	t.Parallel()
	b := module(t)
	if _, err := all(t, b, "second"); err != nil {
		t.Fatal(err)
	}
	before := changed(t, b, "second")
	put(t, b.Root, "functions/second/main.go", hello)
	eventually(t, b, "second", before)
	if err := b.Relist(t.Context(), []string{"second"}); err != nil {
		t.Fatal(err)
	}
	before = changed(t, b, "second")
	put(t, b.Root, "pkg/words/words.go", "package words\n\nconst Hello = \"a longer text\"\n")
	eventually(t, b, "second", before)
	if _, err := b.Changed("third"); !errors.Is(err, build.ErrUnlisted) {
		t.Errorf("Changed of an unknown function = %v, want ErrUnlisted", err)
	}
}

func changed(t *testing.T, b *build.Builder, function string) string {
	t.Helper()
	v, err := b.Changed(function)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// eventually waits until the function's sources count as changed: sums of
// folders are kept for a moment.
func eventually(t *testing.T, b *build.Builder, function, before string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(5 * time.Second)
	for changed(t, b, function) == before {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("the change in the sources of %s was not seen", function)
		}
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := module(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Build(ctx, "first"); !errors.Is(err, context.Canceled) {
		t.Errorf("Build with a context that is over = %v, want context.Canceled", err)
	}
}
