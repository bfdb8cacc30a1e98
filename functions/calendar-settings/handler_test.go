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

// changes is a changer that keeps what it was asked.
type changes struct {
	err error
	sub string
	got calendar.Change
}

func (c *changes) Change(_ context.Context, sub string, ch calendar.Change) (calendar.View, error) {
	c.sub, c.got = sub, ch
	return calendar.View{Connected: true, State: calendar.Active}, c.err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		err        error
		status     int
		want       string
	}{
		{name: "a change", body: `{"auto_join":true,"rules":{"only_mine":false},"bot_name":"B","skip":{"e1":true}}`, status: 200, want: `"connected":true`},
		{name: "nobody is connected", body: `{}`, err: calendar.ErrNone, status: 404, want: "CALENDAR_NOT_CONNECTED"},
		{name: "a switch that is none", body: `{"auto_join":"yes"}`, status: 400, want: "The field auto_join must be a bool."},
		{name: "a rule that is none", body: `{"rules":{"only_mine":1}}`, status: 400, want: "rules.only_mine"},
		{name: "skips that are a list", body: `{"skip":["e1"]}`, status: 400, want: "INVALID_FIELD"},
		{name: "no object", body: `true`, status: 400, want: "INVALID_BODY"},
		{name: "too much", body: `{"bot_name":"` + strings.Repeat("x", maxBody) + `"}`, status: 413, want: "BODY_TOO_LARGE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &changes{err: tt.err}
			as := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
				r.Caller = auth.Caller{Sub: "u1"}
				return handler(c)(ctx, r)
			}
			event, err := json.Marshal(map[string]any{"httpMethod": "PATCH", "path": "/api/calendar", "body": tt.body})
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
			if asked := c.sub == "u1"; asked != (tt.status == 200 || tt.err != nil) {
				t.Errorf("changed for %q", c.sub)
			}
			if tt.status == 200 && (!*c.got.AutoJoin || *c.got.Rules.OnlyMine || c.got.Rules.OnlyAccepted != nil || *c.got.BotName != "B" || !c.got.Skip["e1"]) {
				t.Errorf("asked for %+v", c.got)
			}
		})
	}
}
