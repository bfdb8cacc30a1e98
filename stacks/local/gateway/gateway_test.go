package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/gateway"
	"callanalyst/stacks/local/runtimeapi"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// functions answers for all functions at once.
type functions struct {
	payload []byte // the last event
	name    string
	answer  string
	result  runtimeapi.Result
	err     error
	stream  func(ctx context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error)
}

func (f *functions) Invoke(_ context.Context, name string, payload []byte) (runtimeapi.Result, error) {
	f.name, f.payload = name, payload
	r := f.result
	r.Payload = []byte(f.answer)
	return r, f.err
}

func (f *functions) Stream(ctx context.Context, name string, payload []byte, sink runtimeapi.Sink) (runtimeapi.Result, error) {
	f.name, f.payload = name, payload
	return f.stream(ctx, sink)
}

// request decodes the event that the function got.
func (f *functions) request(t *testing.T) events.APIGatewayProxyRequest {
	t.Helper()
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(f.payload, &e); err != nil {
		t.Fatalf("event %s: %v", f.payload, err)
	}
	return e
}

var table = []gateway.Route{
	{Method: "GET", Path: "/api/profile", Function: "profile-get"},
	{Method: "DELETE", Path: "/api/recall/bot/{bot_id}", Function: "recall-leave"},
	{Method: "GET", Path: "/api/recall/bot/latest", Function: "recall-latest"},
	{Method: "POST", Path: "/api/ask", Function: "ask", Stream: true},
	{Method: "POST", Path: "/webhooks/stripe", Function: "stripe-webhook"},
	{Method: "ANY", Path: "/files/{proxy+}", Function: "files"},
	{Method: "GET", Path: "/files/{proxy+}", Function: "files-get"},
	{Method: "GET", Path: "/", Function: "root"},
}

var at = time.Date(2026, 11, 21, 9, 5, 3, 42_000_000, time.UTC)

func newAPI(t testing.TB, f gateway.Functions, change ...func(*gateway.Options)) *gateway.API {
	t.Helper()
	opt := gateway.Options{
		Routes: table, Functions: f,
		Now:  func() time.Time { return at },
		Rand: strings.NewReader(strings.Repeat("0123456789abcdef", 10_000)),
	}
	for _, c := range change {
		c(&opt)
	}
	api, err := gateway.New(opt)
	if err != nil {
		t.Fatalf("New() = %v, want nil", err)
	}
	return api
}

func serve(t testing.TB, api http.Handler, method, target, body string, headers ...string) *http.Response {
	t.Helper()
	var b io.Reader
	if body != "" {
		b = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, target, b)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantFailure checks an answer of the gateway's own.
func wantFailure(t *testing.T, r *http.Response, status int, kind, message string) {
	t.Helper()
	want := fmt.Sprintf(`{"message":%q}`, message)
	if got := text(t, r); r.StatusCode != status || got != want || r.Header.Get("x-amzn-ErrorType") != kind {
		t.Errorf("answer = %d %q %s, want %d %q %s", r.StatusCode, r.Header.Get("x-amzn-ErrorType"), got, status, kind, want)
	}
	if r.Header.Get("x-amzn-RequestId") == "" || r.Header.Get("x-amz-apigw-id") == "" {
		t.Errorf("answer %d has no ids: %v", status, r.Header)
	}
	if ct := r.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("Content-Type = %q, want application/json", ct)
	}
}

func TestEventIsAPIGateways(t *testing.T) {
	t.Parallel()
	tests := []struct {
		golden  string
		method  string
		target  string
		body    string
		headers []string
	}{
		{golden: "get", method: "GET", target: "/api/profile"},
		{golden: "delete", method: "DELETE", target: "/api/recall/bot/a%20b%2Fc?since=1&since=2&q=a%26b&empty", headers: []string{
			"Authorization", "Bearer x", "User-Agent", "curl/8", "Accept", "text/html", "Accept", "application/json",
			"X-Forwarded-For", "203.0.113.9", "CloudFront-Viewer-Country", "US", "Connection", "keep-alive", "Te", "trailers",
		}},
		{golden: "post", method: "POST", target: "/webhooks/stripe", body: `{"a":"<&>é"}`, headers: []string{"Content-Type", "application/json", "Stripe-Signature", "t=1,v1=x"}},
		{golden: "binary", method: "PUT", target: "/files/a/b.png", body: "\x89PNG\x00", headers: []string{"Content-Type", "image/png; q=1"}},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()
			f := &functions{answer: "{}"}
			api := newAPI(t, f, func(o *gateway.Options) { o.BinaryTypes = []string{"image/*"} })

			serve(t, api, tt.method, tt.target, tt.body, tt.headers...)

			var got bytes.Buffer
			if err := json.Indent(&got, f.payload, "", "  "); err != nil {
				t.Fatalf("event %q: %v", f.payload, err)
			}
			compareGolden(t, tt.golden+".json", append(got.Bytes(), '\n'))
		})
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestQueryParameters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query string
		want        map[string][]string
		wantBad     bool
	}{
		{name: "none", query: "", want: nil},
		{name: "a question mark alone", query: "?", want: nil},
		{name: "one", query: "?a=1", want: map[string][]string{"a": {"1"}}},
		{name: "the same name twice", query: "?a=1&a=2", want: map[string][]string{"a": {"1", "2"}}},
		{name: "no value", query: "?a&b=", want: map[string][]string{"a": {""}, "b": {""}}},
		{name: "encoded", query: "?a%20b=%C3%A9+%2B", want: map[string][]string{"a b": {"é +"}}},
		{name: "a semicolon separates", query: "?a=1;b=2", want: map[string][]string{"a": {"1"}, "b": {"2"}}},
		{name: "a pipe must be encoded", query: "?a=1|2", wantBad: true},
		{name: "half an escape", query: "?a=%2", wantBad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &functions{answer: "{}"}

			r := serve(t, newAPI(t, f), "GET", "/api/profile"+tt.query, "")

			if tt.wantBad {
				wantFailure(t, r, http.StatusBadRequest, "BadRequestException", "Bad Request")
				return
			}
			e := f.request(t)
			if diff := cmp.Diff(tt.want, e.MultiValueQueryStringParameters); diff != "" {
				t.Errorf("query %q (-want +got):\n%s", tt.query, diff)
			}
			for name, values := range tt.want {
				if got := e.QueryStringParameters[name]; got != values[len(values)-1] {
					t.Errorf("query %q: %s = %q, want the last value", tt.query, name, got)
				}
			}
		})
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, contentType string
		binary                  []string
		want                    string
		wantBase64              bool
	}{
		{name: "text", body: "hällo", contentType: "text/plain", want: "hällo"},
		{name: "no type is text", body: "x", want: "x"},
		{name: "bytes that are no text are lost without a binary type", body: "\xff", contentType: "image/png", want: "\ufffd"},
		{name: "a binary type", body: "\xff", contentType: "image/png", binary: []string{"image/png"}, want: "/w==", wantBase64: true},
		{name: "a family of binary types", body: "\xff", contentType: "image/png", binary: []string{"image/*"}, want: "/w==", wantBase64: true},
		{name: "another type", body: "x", contentType: "imagery/png", binary: []string{"image/*"}, want: "x"},
		{name: "all types are binary", body: "x", binary: []string{"*/*"}, want: "eA==", wantBase64: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &functions{answer: "{}"}
			api := newAPI(t, f, func(o *gateway.Options) { o.BinaryTypes = tt.binary })

			serve(t, api, "POST", "/webhooks/stripe", tt.body, "Content-Type", tt.contentType)

			e := f.request(t)
			if e.Body != tt.want || e.IsBase64Encoded != tt.wantBase64 {
				t.Errorf("body %q of type %q = %q, %v; want %q, %v", tt.body, tt.contentType, e.Body, e.IsBase64Encoded, tt.want, tt.wantBase64)
			}
		})
	}
}
