package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/rest"
)

type table map[string]entitlement.Row

var errSilent = errors.New("throttled")

func (x table) Get(_ context.Context, sub string) (entitlement.Row, error) {
	if x == nil {
		return entitlement.Row{}, errSilent
	}
	return x[sub], nil
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	ann := entitlement.Row{Sub: "u1", TOSVersion: "2026-06-01", Entitlement: entitlement.Entitlement{
		Tier: entitlement.Pro, Status: entitlement.Active, EntitledUntil: now.Add(time.Hour),
	}}
	locked := ann
	locked.Disabled = true
	tests := []struct {
		name string
		rows table
		want error
		view entitlement.View
	}{
		{name: "the caller's own row", rows: table{"u1": ann, "u2": {}}, view: ann.ViewAt(now)},
		{name: "terms not accepted", rows: table{"u1": {Sub: "u1"}}, want: consent.ErrRequired},
		{name: "a locked account", rows: table{"u1": locked}, want: entitlement.ErrDisabled},
		{name: "a silent table", want: errSilent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := handler(tt.rows, consent.Required("2026-06-01"), func() time.Time { return now })
			out, err := h(t.Context(), &rest.Request{Caller: auth.Caller{Sub: "u1"}, Query: map[string][]string{"sub": {"u2"}}})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error = %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				return
			}
			if diff := cmp.Diff(tt.view, out.Body); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}
