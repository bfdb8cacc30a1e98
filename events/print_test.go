package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestColoursAreForTerminalsOnly(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if newPrinter(file).colour || newPrinter(new(bytes.Buffer)).colour {
		t.Error("a file or a pipe gets colours")
	}
	var plain, coloured bytes.Buffer
	o := outcome{sample: someSamples[0], difference: "- a\n+ b\n"}
	for _, p := range []*printer{{w: &plain}, {w: &coloured, colour: true}} {
		p.begin(someSamples[:2])
		p.outcome(o)
		p.end()
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[31m- a\x1b[0m") {
		t.Errorf("plain %q, coloured %q, want codes in the second alone", &plain, &coloured)
	}
}

func TestATableHasARowForEachAndTheDifferencesBelow(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	p := newPrinter(&shown)
	p.begin(someSamples[:2])
	p.outcome(outcome{sample: someSamples[0]})
	p.outcome(outcome{sample: someSamples[1], difference: "- a\n+ b\n", log: []string{"boom"}})
	p.end()
	lines := strings.Split(shown.String(), "\n")
	if !strings.HasSuffix(lines[1], "ok") || !strings.HasSuffix(lines[2], "differs from its golden file") {
		t.Errorf("rows are %q and %q", lines[1], lines[2])
	}
	below := strings.Join(lines[3:], "\n")
	for _, want := range []string{"- a\n+ b\n", "log: boom", "1 of 2 ok"} {
		if !strings.Contains(below, want) {
			t.Errorf("below the table stands %q, want %q in it", below, want)
		}
	}
}
