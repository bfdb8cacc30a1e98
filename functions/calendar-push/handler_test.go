package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/push"
	"callanalyst/pkg/rest"
)

// ear is a bell with one error; it keeps what it was told.
type ear struct {
	err  error
	told push.Message
}

func (e *ear) Ring(_ context.Context, m push.Message) (push.Receipt, error) {
	e.told = m
	return push.Receipt{Outcome: push.Queued}, e.err
}

// TestMessages holds that the headers arrive, and that only trouble of our own
// makes Google come again: it does for 5xx.
func TestMessages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		status int
	}{
		{name: "good", status: 200},
		{name: "of no channel", err: push.ErrNoChannel, status: 404},
		{name: "the store is down", err: calendar.ErrStore, status: 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &ear{err: tt.err}
			event, err := json.Marshal(map[string]any{
				"httpMethod": "POST", "path": "/webhooks/google", "body": nil,
				"multiValueHeaders": map[string][]string{"X-Goog-Channel-ID": {"c1"}, "X-Goog-Channel-Token": {"t1"}, "X-Goog-Resource-State": {"exists"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			out, err := rest.Serve(slog.New(slog.DiscardHandler), handler(e))(t.Context(), event)
			if err != nil || out.(rest.Answer).Status != tt.status {
				t.Errorf("answered %+v, %v, want %d", out, err, tt.status)
			}
			if want := (push.Message{Channel: "c1", Token: "t1", State: "exists"}); e.told != want {
				t.Errorf("handed on %+v, want %+v", e.told, want)
			}
		})
	}
}
