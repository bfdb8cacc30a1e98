package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const listed = `{"ImportPath":"io","Name":"io","BuildID":"io1"}
{"ImportPath":"x/pkg","Name":"pkg","BuildID":"pkg1","Deps":["io"]}
{"ImportPath":"x/functions/ask","Name":"main","BuildID":"ask1","Deps":["x/pkg","io"]}
{"ImportPath":"x/functions/tick","Name":"main","BuildID":"tick1","Deps":["io"]}`

func TestABinaryIsAsOldAsItsPackages(t *testing.T) {
	t.Parallel()
	before, err := sums(strings.NewReader(listed), "go1.26 arm64")
	if err != nil || len(before) != 2 {
		t.Fatalf("sums = %v, %v, want two programs", before, err)
	}
	for _, tt := range []struct {
		name, old, fresh, toolchain string
		changed                     []string
	}{
		{"nothing changed", "", "", "go1.26 arm64", nil},
		{"its own code changed", "ask1", "ask2", "go1.26 arm64", []string{"ask"}},
		{"a package of one changed", "pkg1", "pkg2", "go1.26 arm64", []string{"ask"}},
		{"a package of both changed", "io1", "io2", "go1.26 arm64", []string{"ask", "tick"}},
		{"another compiler", "", "", "go1.27 arm64", []string{"ask", "tick"}},
		{"another machine", "", "", "go1.26 amd64", []string{"ask", "tick"}},
	} {
		after, err := sums(strings.NewReader(strings.ReplaceAll(listed, tt.old+`"`, tt.fresh+`"`)), tt.toolchain)
		if err != nil {
			t.Fatal(err)
		}
		var changed []string
		for _, f := range []string{"ask", "tick"} {
			if before[f] != after[f] {
				changed = append(changed, f)
			}
		}
		if strings.Join(changed, " ") != strings.Join(tt.changed, " ") {
			t.Errorf("%s: %q must be linked anew, want %q", tt.name, changed, tt.changed)
		}
	}
	if _, err := sums(strings.NewReader("go: no such thing"), "go1.26"); err == nil {
		t.Error("a listing that is none is read")
	}
}

func TestFreshIsWhatIsThereAndWhole(t *testing.T) {
	t.Parallel()
	out, m := t.TempDir(), made{"ask": "sum1"}
	binary := filepath.Join(out, "ask", "bootstrap")
	write := func(text string) {
		if err := os.MkdirAll(filepath.Dir(binary), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(binary, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if m.fresh(out, "ask") {
		t.Error("a binary that was never built is fresh")
	}
	write("program")
	if err := m.keep(out, "ask", int64(len("program"))); err != nil {
		t.Fatal(err)
	}
	if !m.fresh(out, "ask") {
		t.Error("a binary of the same packages is not fresh")
	}
	if (made{"ask": "sum2"}).fresh(out, "ask") || (made{}).fresh(out, "ask") {
		t.Error("a binary of other packages is fresh")
	}
	write("prog")
	if m.fresh(out, "ask") {
		t.Error("half a binary is fresh")
	}
	if err := os.Remove(binary); err != nil {
		t.Fatal(err)
	}
	if m.fresh(out, "ask") {
		t.Error("a binary that was deleted is fresh")
	}
}
