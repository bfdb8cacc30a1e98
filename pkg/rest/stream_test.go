package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/rest"
)

func serveStream(t *testing.T, event string, h rest.StreamHandler, origins ...string) (*events.APIGatewayProxyStreamingResponse, string) {
	t.Helper()
	out, err := rest.ServeStream(slog.New(slog.DiscardHandler), h, origins...)(t.Context(), json.RawMessage(event))
	if err != nil {
		t.Fatal(err)
	}
	answer := out.(*events.APIGatewayProxyStreamingResponse)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func speak(context.Context, *rest.Request) (rest.Stream, error) {
	return rest.Stream{Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: strings.NewReader("data: x\n\n")}, nil
}

func TestServeStream(t *testing.T) {
	t.Parallel()
	quota := fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "Used up.")
	tests := []struct {
		name   string
		event  string
		h      rest.StreamHandler
		status int
		body   string // the beginning
	}{
		{name: "a stream goes out with its status written", event: event, h: speak, status: 200, body: "data: x\n\n"},
		{name: "a refusal is a problem", event: event, h: func(context.Context, *rest.Request) (rest.Stream, error) { return rest.Stream{}, quota }, status: 429, body: `{"type":"https://callanalyst.app/errors#QUOTA_EXCEEDED"`},
		{name: "a body that cannot be read is a problem", event: `{"httpMethod":"POST","isBase64Encoded":true,"body":"%%"}`, h: speak, status: 400, body: `{"type":"https://callanalyst.app/errors#INVALID_BODY"`},
		{name: "a stranger is refused", event: event, h: rest.AuthenticatedStream(callers{}, speak), status: 401, body: `{"type":"https://callanalyst.app/errors#TOKEN_INVALID"`},
		{name: "a caller is not", event: event, h: rest.AuthenticatedStream(callers{"Bearer t1": auth.Caller{Sub: "u1"}}, speak), status: 200, body: "data: x\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, body := serveStream(t, tt.event, tt.h)
			if got.StatusCode != tt.status || !strings.HasPrefix(body, tt.body) {
				t.Errorf("answered %d %s, want %d %s", got.StatusCode, body, tt.status, tt.body)
			}
			if got.MultiValueHeaders["X-Content-Type-Options"] == nil || got.MultiValueHeaders["Access-Control-Allow-Origin"] != nil {
				t.Errorf("headers %v, want nosniff and no other origin", got.MultiValueHeaders)
			}
		})
	}
	if _, err := rest.ServeStream(slog.New(slog.DiscardHandler), speak)(t.Context(), json.RawMessage(`{"Records":[]}`)); !errors.Is(err, rest.ErrEvent) {
		t.Errorf("an event of another kind: %v, want ErrEvent", err)
	}
}

func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	const app = "https://app.example.com"
	refuse := func(context.Context, *rest.Request) (rest.Stream, error) {
		return rest.Stream{}, fault.New(fault.Forbidden, "TOS_REQUIRED", "")
	}
	tests := []struct {
		name, method, origin string
		h                    rest.StreamHandler
		allowed              []string
		status               int
		want                 string // Access-Control-Allow-Origin
		methods              string
	}{
		{name: "a page that may call asks first", method: "OPTIONS", origin: app, allowed: []string{app}, status: 204, want: app, methods: "POST"},
		{name: "another page asks first", method: "OPTIONS", origin: "https://evil.example", allowed: []string{app}, status: 403},
		{name: "nobody may, and one asks", method: "OPTIONS", origin: app, status: 403},
		{name: "a page that may call reads the answer", method: "POST", origin: app, h: speak, allowed: []string{app}, status: 200, want: app},
		{name: "and a refusal", method: "POST", origin: app, h: refuse, allowed: []string{app}, status: 403, want: app},
		{name: "another page does not", method: "POST", origin: "https://app.example.com.evil.example", h: speak, allowed: []string{app}, status: 200},
		{name: "no origin is no other origin", method: "POST", h: speak, allowed: []string{app}, status: 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := json.Marshal(map[string]any{"httpMethod": tt.method, "path": "/api/ask", "headers": map[string]string{"origin": tt.origin}})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := serveStream(t, string(e), tt.h, tt.allowed...)
			h := http.Header(got.MultiValueHeaders)
			if got.StatusCode != tt.status || h.Get("Access-Control-Allow-Origin") != tt.want || h.Get("Access-Control-Allow-Methods") != tt.methods {
				t.Errorf("answered %d %v, want %d for origin %q", got.StatusCode, h, tt.status, tt.want)
			}
			if vary := h.Values("Vary"); len(tt.allowed) > 0 && cmp.Diff([]string{"Origin"}, vary) != "" {
				t.Errorf("Vary %v, want Origin", vary)
			}
		})
	}
}
