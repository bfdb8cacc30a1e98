package main

import (
	"context"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/rest"
)

// spy is a stopper that tells whom it is asked for.
type spy func(sub, botID string) error

func (s spy) Stop(_ context.Context, sub, botID string) error { return s(sub, botID) }

func TestTheCallersOwnBotIsStopped(t *testing.T) {
	t.Parallel()
	h := handler(spy(func(sub, botID string) error {
		if sub != "u1" || botID != "b1" {
			t.Errorf("stopped %s of %s, want b1 of u1", botID, sub)
		}
		return nil
	}))
	r := &rest.Request{Caller: auth.Caller{Sub: "u1"}, Params: map[string]string{"bot_id": "b1"}, Query: map[string][]string{"sub": {"u2"}}}
	if out, err := h(t.Context(), r); err != nil || out.Status != 204 {
		t.Errorf("answered %+v, %v, want 204", out, err)
	}
}
