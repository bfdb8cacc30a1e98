package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/migration/backfill"
)

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"": "say what to run", "everything": `there is no job "everything"`, "users -local": "Flags stand before", "-seconds 0 users": "-seconds",
		"-seconds 900 users": "-seconds", "-stripe-per-second 500 plans": "-stripe-per-second", "-fast users": "fast",
	} {
		var trouble bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), io.Discard, &trouble); code != exitMisused || !strings.Contains(trouble.String(), want) {
			t.Errorf("migrate %s = %d, %q, want %d and %q", args, code, &trouble, exitMisused, want)
		}
	}
	if o, err := parse([]string{"all"}, io.Discard); err != nil || strings.Join(o.jobs, " ") != "users plans profiles" {
		t.Errorf("all = %v, %v", o.jobs, err)
	}
	if code := run(t.Context(), []string{"-h"}, io.Discard, io.Discard); code != exitOK {
		t.Errorf("migrate -h = %d", code)
	}
}

// TestTheWholeProgram goes through main's own path, twice for all jobs.
func TestTheWholeProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 25)
	var out, trouble bytes.Buffer
	if code := run(t.Context(), []string{"-local", "-endpoint", w.url, "-state", w.dir, "all"}, &out, &trouble); code != exitOK {
		t.Errorf("migrate all = %d: %s%s", code, &out, &trouble)
	}
	for _, path := range []string{"/entitlement-backfill/", "/profile-sync/"} {
		if !strings.Contains(strings.Join(w.asked, "\n"), path) {
			t.Errorf("%s was not invoked", path)
		}
	}
}

// TestTheBarMovesInPlace draws on a terminal.
func TestTheBarMovesInPlace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	s := screen{w: &out, live: true, now: func() time.Time { return now }}
	s.begins(state{Job: "users", DryRun: true})
	now = now.Add(10 * time.Second)
	s.progress(state{Total: 100_000, Tally: map[string]int{"created": 25_000}})
	if want := "\r\x1b[K  [#######.......................]  25 %  25,000 of 100,000  2,500 a second  about 30s left"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("line = %q, want %q", out.String(), want)
	}
	s.report(state{Tally: map[string]int{"created": 1}, Total: 3}, "f")
	if !strings.Contains(out.String(), "Run this again") {
		t.Errorf("the report does not tell of users who were not seen:\n%s", &out)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestEveryOutcomeIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../pkg/migration/backfill/plans.go")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := regexp.MustCompile(`(?m)^\t\w+ += "(\w+)"`).FindAllStringSubmatch(string(text), -1)
	for _, m := range outcomes {
		if meaning(m[1]) == "" {
			t.Errorf("outcome %s means nothing to an operator", m[1])
		}
	}
	if len(outcomes) != 10 {
		t.Errorf("found %d outcomes, want ten", len(outcomes))
	}
	if errors.Is(backfill.ErrJob, backfill.ErrCursor) {
		t.Error("the jobs' errors are alike")
	}
}
