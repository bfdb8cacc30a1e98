package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/auth"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/rest"
)

// scribe is an opener that keeps what it was asked.
type scribe struct {
	sub, id string
	q       ask.Question
	err     error
}

func (s *scribe) Open(_ context.Context, sub, id string, q ask.Question) (io.ReadCloser, error) {
	s.sub, s.id, s.q = sub, id, q
	if s.err == nil {
		s.err = q.Check()
	}
	return io.NopCloser(strings.NewReader("event: done\n\n")), s.err
}

// anybody lets every token through as u1.
type anybody struct{}

func (anybody) Authenticate(context.Context, string) (auth.Caller, error) {
	return auth.Caller{Sub: "u1"}, nil
}

func serve(t *testing.T, s *scribe, body string) *events.APIGatewayProxyStreamingResponse {
	t.Helper()
	event, err := json.Marshal(map[string]any{"httpMethod": "POST", "path": "/api/ask", "body": body, "requestContext": map[string]any{"requestId": "req-1"}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := rest.ServeStream(slog.New(slog.DiscardHandler), rest.AuthenticatedStream(anybody{}, handler(s)))(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return out.(*events.APIGatewayProxyStreamingResponse)
}

func TestAnswerStreams(t *testing.T) {
	t.Parallel()
	s := &scribe{}
	out := serve(t, s, `{"question":"Why?","context":{"bot_id":"b1"},"sub":"u2"}`)
	body, _ := io.ReadAll(out.Body)
	if out.StatusCode != 200 || string(body) != "event: done\n\n" || out.MultiValueHeaders["Content-Type"][0] != "text/event-stream; charset=utf-8" {
		t.Errorf("answer %d %v %q, want a stream of events", out.StatusCode, out.MultiValueHeaders, body)
	}
	if s.sub != "u1" || s.id != "req-1" || s.q.Question != "Why?" || s.q.BotID() != "b1" {
		t.Errorf("asked %+v, want the token's sub, the request's id and the body's question", s)
	}
}

func TestRefusalsHaveTheirStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		err        error
		status     int
		code       string
	}{
		{name: "no body", status: 400, code: "INVALID_BODY"},
		{name: "no question", body: `{}`, status: 400, code: "INVALID_FIELD"},
		{name: "a question of another type", body: `{"question":1}`, status: 400, code: "INVALID_FIELD"},
		{name: "a huge body", body: `{"question":"` + strings.Repeat("x", ask.MaxBody) + `"}`, status: 413, code: "BODY_TOO_LARGE"},
		{name: "no quota", body: `{"question":"Why?"}`, err: ask.ErrQuota, status: 429, code: "QUOTA_EXCEEDED"},
		{name: "no model", body: `{"question":"Why?"}`, err: ask.ErrUpstream.With(errors.New("529")), status: 503, code: "UPSTREAM_UNAVAILABLE"},
		{name: "no such call", body: `{"question":"Why?"}`, err: ask.ErrNoCall, status: 404, code: "NOT_FOUND"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := serve(t, &scribe{err: tt.err}, tt.body)
			body, _ := io.ReadAll(out.Body)
			var p rest.Problem
			if err := json.Unmarshal(body, &p); err != nil || out.StatusCode != tt.status || p.Code != tt.code || p.RequestID != "req-1" {
				t.Errorf("answer %d %s, want %d %s with the request id", out.StatusCode, body, tt.status, tt.code)
			}
		})
	}
}

func TestMissingSettingsAreNamedTogether(t *testing.T) {
	t.Parallel()
	p := boot.NewProcess("ask", func(string) (string, bool) { return "", false }, new(bytes.Buffer))
	_, err := p.Start(t.Context(), wire)
	for _, name := range []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "TABLE_ENTITLEMENTS", "TABLE_BOTS", "TABLE_CHUNKS", "SECRET_ANTHROPIC", "SECRET_OPENAI"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
}
