package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/fleet"
)

func TestReportFailsOverTheBudget(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := report(&out, []result{
		{name: "small", bytes: 8 << 20, budget: 12 << 20, took: time.Second},
		{name: "big", bytes: 13 << 20, budget: 12 << 20, took: time.Second},
	})
	if err == nil || !strings.Contains(err.Error(), "big") || strings.Contains(err.Error(), "small") {
		t.Errorf("report = %v, want an error that names big alone", err)
	}
	if !strings.Contains(out.String(), "13.0") {
		t.Errorf("the table %q lacks the size", out.String())
	}
}

func TestSelected(t *testing.T) {
	t.Parallel()
	if got, want := len(selected(nil)), len(fleet.Functions()); got != want {
		t.Errorf("selected(nil) has %d functions, want all %d", got, want)
	}
	if got := selected([]string{"pre-signup"}); len(got) != 1 || got[0].Name != "pre-signup" {
		t.Errorf("selected(pre-signup) = %v", got)
	}
	if got := selected([]string{"no-such"}); len(got) != 0 {
		t.Errorf("selected(no-such) = %v, want none", got)
	}
}

// TestTheBinariesAreTheSameOnEveryMachine names what keeps paths, versions of a
// checkout and build ids out of them: else each deploy replaces every function.
func TestTheBinariesAreTheSameOnEveryMachine(t *testing.T) {
	t.Parallel()
	flags := strings.Join(buildFlags(), " ")
	for _, want := range []string{"-trimpath", "-buildvcs=false", "-buildid=", "-tags lambda.norpc"} {
		if !strings.Contains(flags, want) {
			t.Errorf("the functions are built with %q, without %s", flags, want)
		}
	}
	if !slices.Contains(environment("arm64"), "CGO_ENABLED=0") {
		t.Error("the functions are built with C")
	}
}
