package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/auth/authtest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/rest"
)

// instant is a transport that answers every BatchGetItem at once.
type instant struct{}

const rows = `{"Responses":{"profiles":[{"cognito_sub":{"S":"` + authtest.Sub + `"},"email":{"S":"ada@example.com"},"name":{"S":"Ada"},"avatar_url":{"S":"https://example.com/a.png"},` +
	`"preferences":{"S":"{\"theme\":\"dark\"}"},"custom":{"S":"{}"},"version":{"N":"3"},"created_at":{"N":"1"},"updated_at":{"N":"2"}}],` +
	`"entitlements":[{"cognito_sub":{"S":"` + authtest.Sub + `"},"tos_version":{"S":"2026-06-01"},"stripe_customer_id":{"S":"cus_1"},"tier":{"S":"pro"},"status":{"S":"active"},` +
	`"version":{"N":"7"},"ask_used":{"N":"3"},"ask_limit":{"N":"1000"},"usage_period":{"S":"2026-11"},"entitled_until":{"N":"1800000000"}}]},"UnprocessedKeys":{}}`

// RoundTrip implements http.RoundTripper.
func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:   io.NopCloser(strings.NewReader(rows)), ContentLength: int64(len(rows)),
	}, nil
}

// BenchmarkGet is the endpoint's own work, from API Gateway's event to the
// answer: token, gate, one round trip that takes no time, JSON. The budget is
// 1 ms at p50 and 5 ms at p99.
func BenchmarkGet(b *testing.B) {
	pool := authtest.New(b)
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "USER_POOL_ID": authtest.PoolID, "USER_POOL_CLIENT_ID": authtest.ClientID,
		"JWKS": string(pool.JWKS()), "TABLE_PROFILES": "profiles", "TABLE_ENTITLEMENTS": "entitlements", "TABLE_CONSENTS": "consents", "TABLE_LEGACY_USERS": "legacy_users", "SECRET_STRIPE": "callanalyst/stripe",
	}
	p := boot.NewProcess("profile-get", func(name string) (string, bool) { v, ok := env[name]; return v, ok }, io.Discard)
	p.HTTP = &http.Client{Transport: instant{}}
	fn, err := p.Start(b.Context(), wire)
	if err != nil {
		b.Fatal(err)
	}
	event, err := json.Marshal(map[string]any{
		"resource": "/api/profile", "path": "/api/profile", "httpMethod": "GET",
		"multiValueHeaders": map[string][]string{"Authorization": {"Bearer " + pool.Token(b, authtest.Sub)}, "Accept": {"application/json"}, "User-Agent": {"bench"}},
		"requestContext":    map[string]any{"requestId": "req-1", "identity": map[string]string{"sourceIp": "203.0.113.7", "userAgent": "bench"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		out, err := fn(b.Context(), event)
		took = append(took, time.Since(began))
		if err != nil || out.(rest.Answer).Status != http.StatusOK {
			b.Fatalf("answered %+v, %v", out, err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}
