package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"callanalyst/pkg/auth/authtest"
	"callanalyst/pkg/boot"
)

// upstreams is a transport on which every outside party answers at once. It
// notes when the model was asked.
type upstreams struct{ asked time.Time }

const (
	row    = `{"Attributes":{"cognito_sub":{"S":"` + authtest.Sub + `"},"tos_version":{"S":"2026-06-01"},"tier":{"S":"free"},"ask_limit":{"N":"20"},"ask_used":{"N":"1"},"usage_period":{"S":"2026-11"}}}`
	secret = `{"Name":"x","SecretString":"{\"api_key\":\"k\"}"}`
	spoken = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n" +
		"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\n" +
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
)

// RoundTrip implements http.RoundTripper.
func (u *upstreams) RoundTrip(r *http.Request) (*http.Response, error) {
	kind, body := "application/x-amz-json-1.1", secret
	switch {
	case r.URL.Path == "/v1/messages":
		u.asked = time.Now()
		kind, body = "text/event-stream", spoken
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB"):
		kind, body = "application/x-amz-json-1.0", row
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// BenchmarkUntilTheModelIsAsked is the endpoint's own work in front of the model:
// from API Gateway's event to the vendor's request, with upstreams that take no
// time. The first question of a process is reported apart.
func BenchmarkUntilTheModelIsAsked(b *testing.B) {
	pool := authtest.New(b)
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "USER_POOL_ID": authtest.PoolID, "USER_POOL_CLIENT_ID": authtest.ClientID,
		"JWKS": string(pool.JWKS()), "TABLE_ENTITLEMENTS": "entitlements", "TABLE_BOTS": "bots", "TABLE_CHUNKS": "chunks",
		"SECRET_ANTHROPIC": "callanalyst/anthropic", "SECRET_OPENAI": "callanalyst/openai",
	}
	p := boot.NewProcess("ask", func(name string) (string, bool) { v, ok := env[name]; return v, ok }, io.Discard)
	parties := &upstreams{}
	p.HTTP = &http.Client{Transport: parties}
	fn, err := p.Start(context.WithoutCancel(b.Context()), wire)
	if err != nil {
		b.Fatal(err)
	}
	event, err := json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/api/ask", "body": `{"question":"Why?"}`,
		"multiValueHeaders": map[string][]string{"Authorization": {"Bearer " + pool.Token(b, authtest.Sub)}},
		"requestContext":    map[string]any{"requestId": "req-1"},
	})
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		out, err := fn(b.Context(), event)
		if err != nil {
			b.Fatal(err)
		}
		answer := out.(*events.APIGatewayProxyStreamingResponse)
		if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
			b.Fatalf("answered %d %s, %v", answer.StatusCode, text, err)
		}
		took = append(took, parties.asked.Sub(began))
	}
	b.ReportMetric(float64(took[0].Nanoseconds()), "first-ns")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}
