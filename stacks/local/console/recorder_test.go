package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/runtimeapi"
)

func TestFigures(t *testing.T) {
	t.Parallel()
	r := console.NewRecorder()
	for i := 1; i <= 100; i++ {
		r.Observe(ended("f", fmt.Sprint(i), time.Duration(i)*time.Millisecond, runtimeapi.OK))
	}
	r.Observe(runtimeapi.Event{Function: "f", RequestID: "t", Outcome: runtimeapi.Throttled, Error: "rate exceeded", Start: noon()})
	cold := ended("f", "c", 100*time.Millisecond, runtimeapi.Failed)
	cold.Cold = true
	r.Observe(cold)
	got := r.Figures("f")
	want := console.Figures{Invocations: 102, Cold: 1, Failures: 2, P50: 51, P95: 96, LastError: "it <broke>", LastErrorAt: noon()}
	if got != want {
		t.Errorf("Figures = %+v, want %+v", got, want)
	}
	if got := r.Figures("other"); got != (console.Figures{}) {
		t.Errorf("Figures of a function that never ran = %+v", got)
	}
}

func TestInvocationsAreNewestFirstAndBounded(t *testing.T) {
	t.Parallel()
	r := console.NewRecorder()
	for i := range 250 {
		id := fmt.Sprint(i)
		r.Observe(runtimeapi.Event{Function: "f", RequestID: id, Outcome: runtimeapi.Running})
		if i < 249 {
			r.Observe(ended("f", id, time.Millisecond, runtimeapi.OK))
		}
	}
	got := r.Invocations()
	if len(got) != 200 || got[0].RequestID != "249" || got[199].RequestID != "50" {
		t.Fatalf("%d invocations from %s to %s, want 200 from 249 to 50", len(got), got[0].RequestID, got[len(got)-1].RequestID)
	}
	if got[0].Outcome != runtimeapi.Running || got[1].Outcome != runtimeapi.OK {
		t.Errorf("outcomes %s, %s; want the last one running and the one before it done", got[0].Outcome, got[1].Outcome)
	}
}

func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	r := console.NewRecorder()
	for i := range 600 {
		r.Line(runtimeapi.Line{Function: "f", Text: fmt.Sprint(i)})
	}
	r.Line(runtimeapi.Line{Function: "f", Text: strings.Repeat("x", 10_000)})
	got := r.Lines("f")
	if len(got) != 500 || got[0].Text != "101" {
		t.Errorf("%d lines from %s, want 500 from 101", len(got), got[0].Text)
	}
	if n := len(got[499].Text); n > 5000 {
		t.Errorf("a long line has %d bytes, want it cut", n)
	}
}

func TestChangedWakesOnEverything(t *testing.T) {
	t.Parallel()
	r := console.NewRecorder()
	for name, change := range map[string]func(){
		"an invocation": func() { r.Observe(ended("f", "1", 0, runtimeapi.OK)) },
		"a line":        func() { r.Line(runtimeapi.Line{Function: "f"}) },
		"a rebuild":     func() { r.Rebuilt(noon(), runtimeapi.Rebuild{Function: "f"}) },
		"a touch":       r.Touch,
	} {
		changed := r.Changed()
		select {
		case <-changed:
			t.Errorf("%s: changed before it was", name)
		default:
		}
		change()
		select {
		case <-changed:
		default:
			t.Errorf("%s did not wake the page", name)
		}
	}
}
