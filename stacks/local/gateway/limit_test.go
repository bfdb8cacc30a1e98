package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/gateway"
	"callanalyst/stacks/local/runtimeapi"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		body       string
		headers    []string
		answer     string
		result     runtimeapi.Result
		err        error
		wantStatus int
		wantKind   string
		want       string
	}{
		{name: "a body over 10 MB", body: strings.Repeat("a", 10<<20+1), wantStatus: 413, wantKind: "RequestTooLargeException", want: "Request Too Long"},
		{name: "an event over Lambda's 6 MB", err: fmt.Errorf("invoke: %w", runtimeapi.ErrTooLarge), wantStatus: 413, wantKind: "RequestTooLargeException", want: "Request Too Long"},
		{name: "headers over 10,240 bytes", headers: []string{"X-Big", strings.Repeat("a", 10_240)}, wantStatus: 431, wantKind: "BadRequestException", want: "Request Header Fields Too Large"},
		{name: "no process is free", err: fmt.Errorf("invoke: %w", runtimeapi.ErrThrottled), wantStatus: 429, wantKind: "TooManyRequestsException", want: "Too Many Requests"},
		{name: "the function takes longer than 29 s", err: context.DeadlineExceeded, wantStatus: 504, wantKind: "InternalServerErrorException", want: "Endpoint request timed out"},
		{name: "the function failed", result: runtimeapi.Result{FunctionError: "Unhandled"}, answer: `{"statusCode":200}`, wantStatus: 502, wantKind: "InternalServerErrorException", want: "Internal server error"},
		{name: "the function does not exist", err: runtimeapi.ErrNotFound, wantStatus: 500, wantKind: "InternalServerErrorException", want: "Internal server error"},
		{name: "the host is closed", err: runtimeapi.ErrClosed, wantStatus: 500, wantKind: "InternalServerErrorException", want: "Internal server error"},
		{name: "another error", err: errors.New("odd"), wantStatus: 502, wantKind: "InternalServerErrorException", want: "Internal server error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &functions{answer: tt.answer, result: tt.result, err: tt.err}

			r := serve(t, newAPI(t, f), "POST", "/webhooks/stripe", tt.body, tt.headers...)

			wantFailure(t, r, tt.wantStatus, tt.wantKind, tt.want)
		})
	}
}

func TestHeadersAtTheLimitPass(t *testing.T) {
	t.Parallel()
	line := len("GET /api/profile HTTP/1.1\r\n") + len("example.com")
	for _, tt := range []struct{ size, want int }{{10_240 - line, 200}, {10_240 - line + 1, 431}} {
		r := serve(t, newAPI(t, &functions{answer: "{}"}), "GET", "/api/profile", "", "X-Big", strings.Repeat("a", tt.size))

		if r.StatusCode != tt.want {
			t.Errorf("a header of %d bytes = %d, want %d", tt.size, r.StatusCode, tt.want)
		}
	}
}

func TestBrokenBodyIsABadRequest(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/webhooks/stripe", io.MultiReader(strings.NewReader("x"), broken{}))
	w := httptest.NewRecorder()

	newAPI(t, &functions{}).ServeHTTP(w, r)

	wantFailure(t, w.Result(), http.StatusBadRequest, "BadRequestException", "Bad Request")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestBrokenRandomnessIsAnInternalError(t *testing.T) {
	t.Parallel()
	api := newAPI(t, &functions{}, func(o *gateway.Options) { o.Rand = strings.NewReader("") })

	if r := serve(t, api, "GET", "/api/profile", ""); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("answer = %d, want 500", r.StatusCode)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := at
	api := newAPI(t, &functions{answer: "{}"}, func(o *gateway.Options) {
		o.Rate, o.Burst = 2, 3
		o.Now = func() time.Time { return now }
	})
	statuses := func(n int) (got []int) {
		for range n {
			got = append(got, serve(t, api, "GET", "/api/profile", "").StatusCode)
		}
		return got
	}

	if diff := cmp.Diff([]int{200, 200, 200, 429, 429}, statuses(5)); diff != "" {
		t.Errorf("a burst of 3 (-want +got):\n%s", diff)
	}
	now = now.Add(time.Second)
	if diff := cmp.Diff([]int{200, 200, 429}, statuses(3)); diff != "" {
		t.Errorf("a second later, at 2 a second (-want +got):\n%s", diff)
	}
	wantFailure(t, serve(t, api, "GET", "/api/profile", ""), 429, "TooManyRequestsException", "Too Many Requests")
}
