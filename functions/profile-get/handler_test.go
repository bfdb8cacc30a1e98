package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/rest"
)

// one is a reader with one answer.
type one struct {
	profile profile.Profile
	err     error
}

func (o one) Get(context.Context, profile.Person) (profile.Profile, error) { return o.profile, o.err }

func TestAnswer(t *testing.T) {
	t.Parallel()
	ada := profile.Profile{
		Sub: "u1", Email: "ada@example.com", Name: "Ada", AvatarURL: "https://example.com/a.png",
		Preferences: json.RawMessage(`{"theme":"dark"}`), Custom: json.RawMessage(`{}`), Version: 3, Source: profile.FromDynamoDB,
	}
	const body = `{"sub":"u1","email":"ada@example.com","name":"Ada","avatar_url":"https://example.com/a.png","preferences":{"theme":"dark"},"custom":{},"version":3,"source":"dynamodb"}`
	headers := map[string][]string{
		"Etag": {`"3"`}, "Cache-Control": {"private, no-cache"}, "Vary": {"Authorization"}, "X-Content-Type-Options": {"nosniff"},
	}
	tests := []struct {
		name, match string
		status      int
		body        string
	}{
		{name: "the profile under its tag", status: http.StatusOK, body: body},
		{name: "a client that has an older one gets it", match: `"2"`, status: http.StatusOK, body: body},
		{name: "a client that has it is told so", match: `"3"`, status: http.StatusNotModified},
		{name: "a proxy's weak tag will do", match: `W/"3"`, status: http.StatusNotModified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			event, err := json.Marshal(map[string]any{"httpMethod": "GET", "path": "/api/profile", "headers": map[string]string{"if-none-match": tt.match}})
			if err != nil {
				t.Fatal(err)
			}
			out, err := rest.Serve(slog.New(slog.DiscardHandler), handler(one{profile: ada}))(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			got := out.(rest.Answer)
			if got.Status != tt.status || got.Body != tt.body {
				t.Errorf("answered %d %s, want %d %s", got.Status, got.Body, tt.status, tt.body)
			}
			delete(got.Headers, "Content-Type")
			if diff := cmp.Diff(headers, got.Headers); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheCallerIsTheTokensSub(t *testing.T) {
	t.Parallel()
	var asked profile.Person
	h := handler(spy(func(p profile.Person) { asked = p }))
	r := &rest.Request{Caller: auth.Caller{Sub: "u1", Username: "Google_1"}, Query: map[string][]string{"sub": {"u2"}}, Body: []byte(`{"sub":"u2"}`)}
	if _, err := h(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if want := (profile.Person{Sub: "u1", Username: "Google_1"}); asked != want {
		t.Errorf("asked for %+v, want %+v", asked, want)
	}
}

// spy is a reader that tells whom it is asked for.
type spy func(profile.Person)

func (s spy) Get(_ context.Context, p profile.Person) (profile.Profile, error) {
	s(p)
	return profile.Profile{}, nil
}
