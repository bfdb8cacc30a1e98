package latency_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/stacks/local/latency"
)

func request(ctx context.Context, method, path, target string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, method, "http://localhost"+path, nil)
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	return r
}

func TestBefore(t *testing.T) {
	t.Parallel()
	const pool = "AWSCognitoIdentityProviderService."
	tests := []struct {
		name, figure, method, path, target string
		want                               time.Duration
	}{
		{name: "no figure, no wait", method: "POST", path: "/v1/customers", want: 0},
		{name: "none is no figure", figure: "none", method: "POST", path: "/v1/customers", want: 0},
		{name: "Stripe's customer", figure: "p50", method: "POST", path: "/v1/customers", want: 180 * time.Millisecond},
		{name: "Stripe's customer on a bad day", figure: "p95", method: "POST", path: "/v1/customers", want: 450 * time.Millisecond},
		{name: "reading a customer is not in the plan", figure: "p50", method: "GET", path: "/v1/customers", want: 0},
		{name: "a sign-up", figure: "p50", method: "POST", path: "/", target: pool + "SignUp", want: 120 * time.Millisecond},
		{name: "an item is read", figure: "p50", method: "POST", path: "/", target: "DynamoDB_20120810.GetItem", want: 6 * time.Millisecond},
		{name: "an item is written", figure: "p95", method: "POST", path: "/", target: "DynamoDB_20120810.PutItem", want: 25 * time.Millisecond},
		{name: "a mail", figure: "p50", method: "POST", path: "/v2/email/outbound-emails", want: 200 * time.Millisecond},
		{name: "a subscription by its id", figure: "p50", method: "GET", path: "/v1/subscriptions/sub_1", want: 200 * time.Millisecond},
		{name: "the pool's keys", figure: "p50", method: "GET", path: "/us-east-2_LocaLPool/.well-known/jwks.json", want: 120 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				table, err := latency.NewTable(tt.figure)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				var got time.Duration
				h := table.Before(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got = time.Since(start) }))
				h.ServeHTTP(httptest.NewRecorder(), request(t.Context(), tt.method, tt.path, tt.target))
				if got != tt.want {
					t.Errorf("%s %s %s waits %s, want %s", tt.method, tt.path, tt.target, got, tt.want)
				}
			})
		})
	}
}

func TestBeforeDoesNotWaitForACallerWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table, err := latency.NewTable("p95")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		start := time.Now()
		table.Before(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Error("the call was made after its caller had left")
		})).ServeHTTP(httptest.NewRecorder(), request(ctx, "POST", "/v1/customers", ""))
		if got := time.Since(start); got != 10*time.Millisecond {
			t.Errorf("returned after %s, want 10ms", got)
		}
	})
}

func TestNewTableRefusesOtherFigures(t *testing.T) {
	t.Parallel()
	if _, err := latency.NewTable("p99"); !errors.Is(err, latency.ErrFigure) {
		t.Errorf("NewTable(p99) = %v, want ErrFigure", err)
	}
}
