package main

import (
	"context"
	"errors"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

// window is a looker with one answer, that keeps what it was asked.
type window struct {
	progress billing.Progress
	err      error
	who      billing.Person
	session  string
}

func (w *window) Look(_ context.Context, who billing.Person, id string) (billing.Progress, error) {
	w.who, w.session = who, id
	return w.progress, w.err
}

func TestTheSessionIsThePathsAndTheCallerTheTokens(t *testing.T) {
	t.Parallel()
	w := &window{progress: billing.Progress{Status: "complete", Tier: "pro"}}
	r := &rest.Request{Caller: auth.Caller{Sub: "u1", Username: "n1"}, Params: map[string]string{"session_id": "cs_test_1"}, Query: map[string][]string{"session_id": {"cs_test_2"}}}
	out, err := handler(w)(t.Context(), r)
	if err != nil || out.Body != w.progress {
		t.Errorf("answer = %+v, %v, want %+v", out.Body, err, w.progress)
	}
	if want := (billing.Person{Sub: "u1", Username: "n1"}); w.who != want || w.session != "cs_test_1" {
		t.Errorf("looked for %+v %s", w.who, w.session)
	}
	w.err = billing.ErrNoSession
	if _, err := handler(w)(t.Context(), r); !errors.Is(err, w.err) {
		t.Errorf("error = %v, want %v", err, w.err)
	}
}
