package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTheJudgeIsToldOfFilesThatAreThere holds the paths, which are from the
// fleet's home, against the tree.
func TestTheJudgeIsToldOfFilesThatAreThere(t *testing.T) {
	t.Parallel()
	args := arguments("http://127.0.0.1:1", 7)
	home := filepath.Join("..", "..", ".local", "contract") // as it is seen from this folder
	n := 0
	for _, a := range args {
		if !strings.HasPrefix(a, "../") {
			continue
		}
		n++
		if _, err := os.Stat(filepath.Join(home, a)); err != nil {
			t.Errorf("the judge is told of %s: %v", a, err)
		}
	}
	if n != 2 {
		t.Errorf("the judge is told of %d files, want the document and its configuration: %q", n, args)
	}
}

// TestTheJudgeHoldsWhatMatters finds a check that was dropped.
func TestTheJudgeHoldsWhatMatters(t *testing.T) {
	t.Parallel()
	args := arguments("http://127.0.0.1:1", 7)
	checks := strings.Split(args[slices.Index(args, "--checks")+1], ",")
	for _, want := range []string{"not_a_server_error", "status_code_conformance", "response_schema_conformance", "negative_data_rejection", "ignored_auth"} {
		if !slices.Contains(checks, want) {
			t.Errorf("the checks are %q, want %s among them", checks, want)
		}
	}
}

// TestACodeThatDoesNotComeEndsWithTheContext waits for no mail for ever.
func TestACodeThatDoesNotComeEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, err := mailed(ctx, func() []string { return nil }); err == nil {
		t.Errorf("mailed = %q without a mail, want an error", code)
	}
	got, err := mailed(ctx, func() []string { return []string{"Welcome!", "Your code is 123456."} })
	if err != nil || got != "123456" {
		t.Errorf("mailed = %q, %v, want the code", got, err)
	}
}
