package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/rest"
)

// spy is an updater that applies every change to one profile, and tells for whom
// and for which version it was asked.
type spy struct {
	who     profile.Person
	ifMatch []string
	calls   int
}

func (s *spy) Update(_ context.Context, p profile.Person, ifMatch []string, change profile.Patch) (profile.Profile, error) {
	s.who, s.ifMatch, s.calls = p, ifMatch, s.calls+1
	out, err := change.Apply(profile.Profile{Sub: p.Sub, Preferences: json.RawMessage("{}"), Custom: json.RawMessage("{}")})
	out.Version, out.Source = 4, profile.FromDynamoDB
	return out, err
}

func ask(t *testing.T, s *spy, body string) rest.Answer {
	t.Helper()
	event, err := json.Marshal(map[string]any{"httpMethod": "PATCH", "path": "/api/profile", "headers": map[string]string{"if-match": `"3"`}, "body": body})
	if err != nil {
		t.Fatal(err)
	}
	h := handler(s)
	out, err := rest.Serve(slog.New(slog.DiscardHandler), func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		r.Caller = auth.Caller{Sub: "u1", Username: "Google_1"}
		return h(ctx, r)
	})(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return out.(rest.Answer)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	var s spy
	got := ask(t, &s, `{"name":"Ada","custom":{"a":1}}`)
	const want = `{"sub":"u1","email":"","name":"Ada","avatar_url":"","preferences":{},"custom":{"a":1},"version":4,"source":"dynamodb"}`
	if got.Status != http.StatusOK || got.Body != want || got.Headers["Etag"][0] != `"4"` {
		t.Errorf("answered %d %s under %v, want 200 %s under \"4\"", got.Status, got.Body, got.Headers["Etag"], want)
	}
	if diff := cmp.Diff([]string{`"3"`}, s.ifMatch); diff != "" {
		t.Errorf("If-Match (-want +got):\n%s", diff)
	}
	if want := (profile.Person{Sub: "u1", Username: "Google_1"}); s.who != want {
		t.Errorf("changed the profile of %+v, want %+v", s.who, want)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, code string
		status           int
	}{
		{name: "no body", body: "", code: "INVALID_BODY", status: 400},
		{name: "a list", body: "[]", code: "INVALID_BODY", status: 400},
		{name: "somebody else's id", body: `{"sub":"u2"}`, code: "INVALID_FIELD", status: 400},
		{name: "a body over the limit", body: `{"name":"` + strings.Repeat("x", maxBody) + `"}`, code: "BODY_TOO_LARGE", status: 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s spy
			got := ask(t, &s, tt.body)
			if got.Status != tt.status || !strings.Contains(got.Body, `"`+tt.code+`"`) || s.calls != 0 {
				t.Errorf("answered %d %s after %d changes, want %d %s and none", got.Status, got.Body, s.calls, tt.status, tt.code)
			}
		})
	}
}
