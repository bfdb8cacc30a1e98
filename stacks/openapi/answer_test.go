package openapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callanalyst/stacks/openapi"
)

const (
	problem = "application/problem+json"
	stream  = "text/event-stream; charset=utf-8"
	meta    = "event: meta\ndata: {\"request_id\":\"r\",\"provider\":\"openai\",\"model\":\"m\"}\n\n"
	done    = "event: done\ndata: {\"stop_reason\":\"end_turn\"}\n\n"
	delta   = "event: delta\ndata: {\"text\":\"Hi\"}\n\n"
)

// refusal is a problem's body.
func refusal(code, title, status string) string {
	return `{"type":"https://callanalyst.app/errors#` + code + `","title":"` + title + `","status":` + status + `,"code":"` + code + `","detail":"d","request_id":"r"}`
}

func TestHolds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		route  string
		status int
		header map[string]string
		body   string
		cut    bool
		want   string // part of the error; "" when it holds
	}{
		{name: "an answer as described", route: "GET /api/recall/bots", status: 200, body: `{"bots":[]}`},
		{name: "a member that is not described", route: "GET /api/recall/bots", status: 200, body: `{"bots":[],"more":false}`, want: "more"},
		{name: "a member that is missing", route: "GET /api/recall/bots", status: 200, body: `{}`, want: "bots"},
		{name: "a member of another type", route: "GET /api/recall/bots", status: 200, body: `{"bots":null}`, want: "array"},
		{name: "a time that is none", route: "POST /api/consent", status: 200, body: `{"tos_version":"x","accepted_at":"today","cookies":null}`, want: "date-time"},
		{name: "a status that is not described", route: "GET /api/recall/bots", status: 404, header: map[string]string{"Content-Type": problem}, body: refusal("NOT_FOUND", "Not Found", "404"), want: "status is not supported"},
		{name: "a content type that is not described", route: "GET /api/recall/bots", status: 200, header: map[string]string{"Content-Type": "text/html"}, body: `{"bots":[]}`, want: "Content-Type"},
		{name: "a problem as described", route: "GET /api/entitlement", status: 403, header: map[string]string{"Content-Type": problem}, body: refusal("TOS_REQUIRED", "Forbidden", "403")},
		{name: "a code that is not described", route: "GET /api/entitlement", status: 403, header: map[string]string{"Content-Type": problem}, body: refusal("TOKEN_MISSING", "Forbidden", "403"), want: "code"},
		{name: "a problem of another status", route: "GET /api/entitlement", status: 403, header: map[string]string{"Content-Type": problem}, body: refusal("TOS_REQUIRED", "Unauthorized", "401"), want: "contradicts"},
		{name: "an entity tag", route: "GET /api/profile", status: 304, header: map[string]string{"Etag": `"3"`}},
		{name: "no body where there is none", route: "DELETE /api/recall/bot/bot_1", status: 204},
		{name: "a body where there is none", route: "DELETE /api/recall/bot/bot_1", status: 204, body: "{}", want: "no body"},
		{name: "no entity tag where there must be one", route: "GET /api/profile", status: 200, body: `{"sub":"s","email":"","name":"","avatar_url":"","preferences":{},"custom":{},"version":1,"source":"cognito"}`, want: "tag"},
		{name: "a wait that is no number", route: "POST /api/ask", status: 503, header: map[string]string{"Content-Type": problem, "Retry-After": "soon"}, body: refusal("UPSTREAM_UNAVAILABLE", "Service Unavailable", "503"), want: "Retry-After"},
		{name: "a stream as described", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: meta + ": still here\n\n" + delta + done},
		{name: "a stream that was cut off", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: meta + delta + "event: del"},
		{name: "an event that is not described", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: meta + "event: thought\ndata: {}\n\n", want: "thought"},
		{name: "an event with another member", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: meta + "event: delta\ndata: {\"text\":\"a\",\"n\":1}\n\n", want: "delta"},
		{name: "a stream that does not begin with meta", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: delta, want: "event 1 of 1"},
		{name: "events behind the last", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: meta + done + delta, want: "done"},
		{name: "a line that is none of the form", route: "POST /api/ask", status: 200, header: map[string]string{"Content-Type": stream}, body: "meta {}\n\n", want: "a line of the stream"},
		{name: "API Gateway's own words", route: "GET /api/profile", status: 429, header: map[string]string{"X-Amzn-Errortype": "TooManyRequestsException"}, body: `{"message":"Too Many Requests"}`},
		{name: "API Gateway in other words", route: "GET /api/profile", status: 429, header: map[string]string{"X-Amzn-Errortype": "TooManyRequestsException"}, body: `{"error":"x"}`, want: "GatewayMessage"},
		{name: "a status that API Gateway does not have", route: "GET /api/profile", status: 418, header: map[string]string{"X-Amzn-Errortype": "Teapot"}, body: `{"message":"x"}`, want: "418"},
		{name: "a body that was not read to its end", route: "GET /api/recall/bots", status: 200, body: `{"bo`, cut: true},
	}
	c := open(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(tt.route, " ")
			a := openapi.Answer{Status: tt.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(tt.body), Cut: tt.cut}
			for name, value := range tt.header {
				a.Header.Set(name, value)
			}

			err := c.Holds(httptest.NewRequestWithContext(t.Context(), method, path, nil), a)

			if tt.want == "" && err != nil {
				t.Errorf("Holds(%s, %d %s) = %v, want nil", tt.route, tt.status, tt.body, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.want))) {
				t.Errorf("Holds(%s, %d %s) = %v, want an error with %q", tt.route, tt.status, tt.body, err, tt.want)
			}
		})
	}
}

func TestNoRoute(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, route := range []string{"GET /api/nothing", "PUT /api/profile", "GET /api/recall/bot/", "GET /"} {
		method, path, _ := strings.Cut(route, " ")
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		if err := c.Holds(r, openapi.Answer{Status: 200}); !errors.Is(err, openapi.ErrNoRoute) {
			t.Errorf("Holds(%s) = %v, want ErrNoRoute", route, err)
		}
		if err := c.Accepts(r); !errors.Is(err, openapi.ErrNoRoute) {
			t.Errorf("Accepts(%s) = %v, want ErrNoRoute", route, err)
		}
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, route, body string
		want              bool
	}{
		{"a question", "POST /api/ask", `{"question":"Why?"}`, true},
		{"a question that names no call", "POST /api/ask", `{"question":"Why?","context":null}`, true},
		{"a field that we do not know", "POST /api/ask", `{"question":"Why?","mood":"good"}`, true},
		{"nothing but blanks", "POST /api/ask", `{"question":" \n"}`, false},
		{"no call where one is said to be", "POST /api/ask", `{"question":"Why?","context":{}}`, false},
		{"a plan that cannot be bought", "POST /api/checkout", `{"tier":"free"}`, false},
		{"half a choice", "POST /api/consent", `{"cookies":{"analytics":true}}`, false},
		{"no choice", "POST /api/consent", `{}`, false},
		{"no choice, written out", "POST /api/consent", `{"tos_version":null,"cookies":null}`, false},
		{"one of two", "POST /api/consent", `{"tos_version":"2026-06-01","cookies":null}`, true},
		{"a change of a field that is not the person's", "PATCH /api/profile", `{"email":"a@example.com"}`, false},
		{"a preference less", "PATCH /api/profile", `{"preferences":{"theme":null}}`, true},
		{"a body where there is none", "POST /api/billing/portal", `{}`, false},
		{"a cursor", "GET /api/recall/chunks?bot_id=b&since=12", "", true},
		{"a cursor that is none", "GET /api/recall/chunks?bot_id=b&since=-1", "", false},
		{"no call to read", "GET /api/recall/chunks", "", false},
	}
	c := open(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(tt.route, " ")
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")

			if err := c.Accepts(r); (err == nil) != tt.want {
				t.Errorf("Accepts(%s %s) = %v, want accepted: %v", tt.route, tt.body, err, tt.want)
			}
		})
	}
}
