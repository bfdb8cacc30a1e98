package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/rest"
)

// leaves is a leaver that keeps whom it was asked for.
type leaves struct {
	err error
	sub string
}

func (l *leaves) Revoke(_ context.Context, sub string) error {
	l.sub = sub
	return l.err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"disconnected", nil, 200, `{"connected":false,"state":"none","email":"",`},
		{"Google is down", calendar.ErrGoogle, 503, `"code":"UPSTREAM_UNAVAILABLE"`},
		{"connected anew at the same time", calendar.ErrChanged, 409, `"code":"CALENDAR_CHANGED"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := &leaves{err: tt.err}
			as := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
				r.Caller = auth.Caller{Sub: "u1"}
				return handler(l)(ctx, r)
			}
			event := json.RawMessage(`{"httpMethod":"DELETE","path":"/api/calendar","body":"{\"sub\":\"u2\"}"}`)
			out, err := rest.Serve(slog.New(slog.DiscardHandler), as)(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			if a := out.(rest.Answer); a.Status != tt.status || !strings.Contains(a.Body, tt.want) || l.sub != "u1" {
				t.Errorf("answered %d %s for %s, want %d with %s for u1", a.Status, a.Body, l.sub, tt.status, tt.want)
			}
		})
	}
}
