package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// clerk is a desk that tells what it is asked for.
type clerk func(sub string, o notetaker.Order)

func (f clerk) Join(_ context.Context, sub string, o notetaker.Order) (notetaker.Placed, error) {
	f(sub, o)
	return notetaker.Placed{BotID: "bot_1", Status: notetaker.Requested}, nil
}

func TestOrders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       string // in the answer
		status     int
	}{
		{"an order", `{"meeting_url":"https://zoom.us/j/1","sub":"u2"}`, `{"bot_id":"bot_1","status":"requested"}`, 201},
		{"an order for later", `{"meeting_url":"x","join_at":"2026-11-21T09:00:00-05:00"}`, `"bot_1"`, 201},
		{"a start that is no time", `{"meeting_url":"x","join_at":"tomorrow"}`, "INVALID_BODY", 400},
		{"no object", `[]`, "INVALID_BODY", 400},
		{"a body that is too large", `{"title":"` + strings.Repeat("x", maxBody) + `"}`, "BODY_TOO_LARGE", 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := handler(clerk(func(sub string, _ notetaker.Order) {
				if sub != "u1" {
					t.Errorf("joined for %s, want u1: the caller is the token's", sub)
				}
			}))
			as := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
				r.Caller = auth.Caller{Sub: "u1"}
				return h(ctx, r)
			}
			event, err := json.Marshal(map[string]any{"httpMethod": "POST", "path": "/api/recall/bot", "body": tt.body})
			if err != nil {
				t.Fatal(err)
			}
			out, err := rest.Serve(slog.New(slog.DiscardHandler), as)(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			if a := out.(rest.Answer); a.Status != tt.status || !strings.Contains(a.Body, tt.want) {
				t.Errorf("answered %d %s, want %d with %s", a.Status, a.Body, tt.status, tt.want)
			}
		})
	}
}
