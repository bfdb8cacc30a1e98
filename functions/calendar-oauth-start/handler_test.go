package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/rest"
)

// begins is a starter with one answer.
type begins struct{ err error }

func (b begins) Start(_ context.Context, sub string) (url, browser string, err error) {
	return "https://accounts.google.com/?of=" + sub, "secret", b.err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, site   string
		err          error
		status       int
		body, cookie string
	}{
		{"an attempt", "https://callanalyst.app", nil, 200, `{"url":"https://accounts.google.com/?of=u1"}`, "__Host-calendar-oauth=secret; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"},
		{"on this machine", "http://localhost:8787", nil, 200, `"url"`, "calendar-oauth=secret; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"},
		{"trouble", "https://callanalyst.app", calendar.ErrStore.With(errors.New("down")), 503, `"code":"UPSTREAM_UNAVAILABLE"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := handler(begins{tt.err}, calendar.BindingFor(tt.site))
			as := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
				r.Caller = auth.Caller{Sub: "u1"}
				return h(ctx, r)
			}
			event := json.RawMessage(`{"httpMethod":"GET","path":"/api/calendar/oauth-start","multiValueQueryStringParameters":{"sub":["u2"]}}`)
			out, err := rest.Serve(slog.New(slog.DiscardHandler), as)(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			a := out.(rest.Answer)
			if got := strings.Join(a.Headers["Set-Cookie"], " | "); a.Status != tt.status || !strings.Contains(a.Body, tt.body) || got != tt.cookie {
				t.Errorf("answered %d %s with the cookie %q, want %d with %s and %q", a.Status, a.Body, got, tt.status, tt.body, tt.cookie)
			}
		})
	}
}
