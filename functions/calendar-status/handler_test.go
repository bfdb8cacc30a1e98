package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/rest"
)

// shows is a viewer with one answer.
type shows struct{ err error }

func (s shows) View(_ context.Context, sub string) (calendar.View, error) {
	return calendar.View{State: calendar.None, Email: sub, Upcoming: []calendar.MeetingView{}}, s.err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"the caller's own", nil, 200, `{"connected":false,"state":"none","email":"u1","auto_join":false,`},
		{"a caller who may not", entitlement.ErrDisabled, 403, `"code":"ACCOUNT_DISABLED"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			as := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
				r.Caller = auth.Caller{Sub: "u1"}
				return handler(shows{tt.err})(ctx, r)
			}
			out, err := rest.Serve(slog.New(slog.DiscardHandler), as)(t.Context(), json.RawMessage(`{"httpMethod":"GET","path":"/api/calendar"}`))
			if err != nil {
				t.Fatal(err)
			}
			if a := out.(rest.Answer); a.Status != tt.status || !strings.Contains(a.Body, tt.want) {
				t.Errorf("answered %d %s, want %d with %s", a.Status, a.Body, tt.status, tt.want)
			}
		})
	}
}
