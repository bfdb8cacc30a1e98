package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// clerk is a scribe with one error; it keeps what it was handed.
type clerk struct {
	err   error
	id    string
	token string
	body  string
}

func (c *clerk) Take(_ context.Context, h http.Header, token string, body []byte) (notetaker.Receipt, error) {
	c.id, c.token, c.body = h.Get("Webhook-Id"), token, string(body)
	return notetaker.Receipt{Outcome: notetaker.Stored}, c.err
}

// TestDeliveries holds that the raw body arrives byte for byte, in either form
// that API Gateway gives it, and that a failure asks Recall to come again.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	const body = "{ \"a\":\t1}\n"
	tests := []struct {
		name    string
		text    string
		encoded bool
		err     error
		status  int
	}{
		{name: "plain", text: body, status: 200},
		{name: "as base64", text: base64.StdEncoding.EncodeToString([]byte(body)), encoded: true, status: 200},
		{name: "the store is down", text: body, err: notetaker.ErrStore, status: 503},
		{name: "forged", text: body, err: fault.New(fault.Invalid, "X", "x"), status: 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &clerk{err: tt.err}
			event, err := json.Marshal(map[string]any{
				"httpMethod": "POST", "path": "/webhooks/recall", "body": tt.text, "isBase64Encoded": tt.encoded,
				"multiValueHeaders":               map[string][]string{"webhook-id": {"msg_1"}},
				"multiValueQueryStringParameters": map[string][]string{"token": {"t1"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			out, err := rest.Serve(slog.New(slog.DiscardHandler), handler(c))(t.Context(), event)
			if err != nil || out.(rest.Answer).Status != tt.status {
				t.Errorf("answered %+v, %v, want %d", out, err, tt.status)
			}
			if c.id != "msg_1" || c.token != "t1" || c.body != body {
				t.Errorf("handed on id %q, token %q, body %q, want msg_1, t1, %q", c.id, c.token, c.body, body)
			}
		})
	}
}
