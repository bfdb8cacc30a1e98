package gateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/gateway"
	"callanalyst/stacks/local/runtimeapi"
)

const integration = "application/vnd.awslambda.http-integration-response"

// streamOf is a function that hands a sink what do gives it.
func streamOf(do func(ctx context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error)) *functions {
	return &functions{stream: do}
}

func TestStreamHead(t *testing.T) {
	t.Parallel()
	f := streamOf(func(_ context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error) {
		err := sink.Head(integration, []byte(`{"statusCode":201,"headers":{"Content-Type":"text/event-stream","X-A":"1","Content-Length":"9"},"multiValueHeaders":{"X-B":["2","3"]},"cookies":["a=1","b=2"]}`))
		if err == nil {
			_, err = io.WriteString(sink, "data: 1\n\n")
		}
		return runtimeapi.Result{}, err
	})

	r := serve(t, newAPI(t, f), "POST", "/api/ask", "{}")

	if got := text(t, r); r.StatusCode != http.StatusCreated || got != "data: 1\n\n" {
		t.Errorf("answer = %d %q, want 201 and the data", r.StatusCode, got)
	}
	want := http.Header{
		"Content-Type": {"text/event-stream"}, "X-A": {"1"}, "X-B": {"2", "3"}, "Set-Cookie": {"a=1", "b=2"},
		"X-Amzn-Remapped-Content-Length": {"9"},
		"X-Amz-Apigw-Id":                 r.Header["X-Amz-Apigw-Id"], "X-Amzn-Requestid": r.Header["X-Amzn-Requestid"], "X-Amzn-Trace-Id": r.Header["X-Amzn-Trace-Id"],
	}
	if diff := cmp.Diff(want, r.Header); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if f.name != "ask" {
		t.Errorf("ran %q, want ask", f.name)
	}
}

func TestStreamThatNeverBegan(t *testing.T) {
	t.Parallel()
	plain := func(body string) func(context.Context, runtimeapi.Sink) (runtimeapi.Result, error) {
		return func(_ context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error) {
			_ = sink.Head("application/octet-stream", nil)
			_, err := io.WriteString(sink, body)
			return runtimeapi.Result{}, err
		}
	}
	head := func(prelude string) func(context.Context, runtimeapi.Sink) (runtimeapi.Result, error) {
		return func(ctx context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error) {
			var p []byte
			if prelude != "" {
				p = []byte(prelude)
			}
			if err := sink.Head(integration, p); err == nil {
				return runtimeapi.Result{}, nil
			}
			<-ctx.Done() // a function that goes on: the gateway must not wait for it
			return runtimeapi.Result{}, ctx.Err()
		}
	}
	end := func(r runtimeapi.Result, err error) func(context.Context, runtimeapi.Sink) (runtimeapi.Result, error) {
		return func(context.Context, runtimeapi.Sink) (runtimeapi.Result, error) { return r, err }
	}
	tests := []struct {
		name       string
		stream     func(context.Context, runtimeapi.Sink) (runtimeapi.Result, error)
		wantStatus int
		want       string
	}{
		{name: "an answer that was not streamed works too", stream: plain(`{"statusCode":402,"body":"pay"}`), wantStatus: 402, want: "pay"},
		{name: "such an answer can be malformed", stream: plain(`hello`), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "or too big", stream: plain(strings.Repeat("a", 10<<20+1)), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "no answer at all", stream: end(runtimeapi.Result{}, nil), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "a prelude that is no JSON", stream: head("x"), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "a prelude with an unknown field", stream: head(`{"body":"x"}`), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "a stream without a prelude", stream: head(""), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "a function that failed", stream: end(runtimeapi.Result{FunctionError: "Unhandled"}, nil), wantStatus: 502, want: `{"message":"Internal server error"}`},
		{name: "a function without a free process", stream: end(runtimeapi.Result{}, runtimeapi.ErrThrottled), wantStatus: 429, want: `{"message":"Too Many Requests"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, newAPI(t, streamOf(tt.stream)), "POST", "/api/ask", "{}")

			if got := text(t, r); r.StatusCode != tt.wantStatus || got != tt.want {
				t.Errorf("answer = %d %s, want %d %s", r.StatusCode, got, tt.wantStatus, tt.want)
			}
		})
	}
}

func TestStreamThatBreaksOffIsCutOff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		res  runtimeapi.Result
		err  error
	}{
		{name: "the function failed", res: runtimeapi.Result{FunctionError: "Unhandled"}},
		{name: "the host closed", err: runtimeapi.ErrClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := streamOf(func(_ context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error) {
				_ = sink.Head(integration, []byte(`{"statusCode":200}`))
				_, _ = io.WriteString(sink, "half")
				return tt.res, tt.err
			})
			s := httptest.NewServer(newAPI(t, f))
			t.Cleanup(s.Close)

			r := send(t, s, "/api/ask")
			body, err := io.ReadAll(r.Body)

			if string(body) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("body = %q, %v; want half and an unexpected end", body, err)
			}
		})
	}
}

func send(t *testing.T, s *httptest.Server, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Body.Close() })
	return r
}

// waiting is a function that never answers.
func waiting(ctx context.Context, _ runtimeapi.Sink) (runtimeapi.Result, error) {
	<-ctx.Done()
	return runtimeapi.Result{}, ctx.Err()
}

// slow is a buffered function that never answers.
type slow struct{ functions }

func (*slow) Invoke(ctx context.Context, _ string, _ []byte) (runtimeapi.Result, error) {
	return waiting(ctx, nil)
}

func TestIntegrationTimeouts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		timeout    time.Duration // of the route
		want       time.Duration
	}{
		{name: "29 s for a buffered answer", path: "/webhooks/stripe", want: 29 * time.Second},
		{name: "what the route says", path: "/webhooks/stripe", timeout: 5 * time.Second, want: 5 * time.Second},
		{name: "5 minutes for a stream", path: "/api/ask", want: 5 * time.Minute},
		{name: "what the route says for a stream", path: "/api/ask", timeout: time.Minute, want: time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &slow{functions{stream: waiting}}
				api := newAPI(t, f, func(o *gateway.Options) {
					o.Routes = append([]gateway.Route(nil), table...)
					for i := range o.Routes {
						o.Routes[i].Timeout = tt.timeout
					}
					o.StreamIdle = time.Hour
				})
				begun := time.Now()

				r := serve(t, api, "POST", tt.path, "{}")

				if took := time.Since(begun); took != tt.want {
					t.Errorf("answered after %v, want %v", took, tt.want)
				}
				wantFailure(t, r, http.StatusGatewayTimeout, "InternalServerErrorException", "Endpoint request timed out")
			})
		})
	}
}

func TestSilentStreamIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := streamOf(func(ctx context.Context, sink runtimeapi.Sink) (runtimeapi.Result, error) {
			_ = sink.Head(integration, []byte(`{}`))
			for range 3 { // each piece gives it another minute
				time.Sleep(50 * time.Second)
				_, _ = io.WriteString(sink, "x")
			}
			return waiting(ctx, sink)
		})
		api := newAPI(t, f, func(o *gateway.Options) { o.StreamIdle = time.Minute })
		begun := time.Now()
		defer func() {
			if p, _ := recover().(error); !errors.Is(p, http.ErrAbortHandler) {
				t.Errorf("the handler ended with %v, want http.ErrAbortHandler", p)
			}
			if took := time.Since(begun); took != 210*time.Second {
				t.Errorf("cut off after %v, want a minute after the last piece, 3m30s", took)
			}
		}()

		serve(t, api, "POST", "/api/ask", "{}")
	})
}
