package rest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/rest"
)

const event = `{"resource":"/api/profile","path":"/api/profile","httpMethod":"GET",
 "headers":{"Authorization":"Bearer t1","x-only-single":"1"},
 "multiValueHeaders":{"authorization":["Bearer t1"],"Accept":["a","b"]},
 "multiValueQueryStringParameters":{"since":["3"]},"pathParameters":{"bot_id":"b1"},
 "requestContext":{"requestId":"req-1","identity":{"sourceIp":"203.0.113.7","userAgent":"test"}},
 "body":"{\"a\":1}","isBase64Encoded":false}`

func serve(t *testing.T, log *bytes.Buffer, event string, h rest.Handler) (rest.Answer, error) {
	t.Helper()
	out, err := rest.Serve(slog.New(slog.NewJSONHandler(log, nil)), h)(t.Context(), json.RawMessage(event))
	if err != nil {
		return rest.Answer{}, err
	}
	return out.(rest.Answer), nil
}

func TestServeDecodesTheEvent(t *testing.T) {
	t.Parallel()
	var got *rest.Request
	_, err := serve(t, new(bytes.Buffer), event, func(_ context.Context, r *rest.Request) (rest.Response, error) {
		got = r
		return rest.Response{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "req-1" || got.Method != "GET" || got.Path != "/api/profile" || got.SourceIP != "203.0.113.7" {
		t.Errorf("request = %+v", got)
	}
	for name, want := range map[string][]string{"Authorization": {"Bearer t1"}, "Accept": {"a", "b"}, "X-Only-Single": {"1"}} {
		if diff := cmp.Diff(want, got.Header.Values(name)); diff != "" {
			t.Errorf("header %s (-want +got):\n%s", name, diff)
		}
	}
	if got.Query.Get("since") != "3" || got.Params["bot_id"] != "b1" || string(got.Body) != `{"a":1}` {
		t.Errorf("query, path or body: %+v", got)
	}
}

func TestServeAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		out  rest.Response
		err  error
		want rest.Answer
	}{
		{
			name: "a value becomes JSON", out: rest.Response{Body: map[string]string{"n": "<a&b>"}},
			want: rest.Answer{Status: 200, Body: `{"n":"<a&b>"}`, Headers: map[string][]string{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}},
		},
		{
			name: "bytes that are not text go as base64", out: rest.Response{Status: 201, Header: http.Header{"Content-Type": {"image/png"}, "Cache-Control": {"private"}}, Body: []byte{0xff, 0xfe}},
			want: rest.Answer{Status: 201, Body: "//4=", Base64: true, Headers: map[string][]string{"Content-Type": {"image/png"}, "Cache-Control": {"private"}, "X-Content-Type-Options": {"nosniff"}}},
		},
		{
			name: "nothing stays nothing", out: rest.Response{Status: 204},
			want: rest.Answer{Status: 204, Headers: map[string][]string{"Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := serve(t, new(bytes.Buffer), event, func(context.Context, *rest.Request) (rest.Response, error) { return tt.out, tt.err })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServeTurnsEveryErrorIntoAProblem(t *testing.T) {
	t.Parallel()
	kinds := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.Stale: 412, fault.TooLarge: 413, fault.Exhausted: 429, fault.Unavailable: 503,
	}
	for kind, status := range kinds {
		err := fault.New(kind, "SOME_CODE", "A sentence.").With(errors.New("row u-9 of table x")).After(1500 * time.Millisecond)
		var log bytes.Buffer
		got, _ := serve(t, &log, event, func(context.Context, *rest.Request) (rest.Response, error) { return rest.Response{}, err })
		var p rest.Problem
		if err := json.Unmarshal([]byte(got.Body), &p); err != nil {
			t.Fatalf("kind %d: body %q: %v", kind, got.Body, err)
		}
		want := rest.Problem{Type: rest.ProblemType + "SOME_CODE", Title: http.StatusText(status), Status: status, Code: "SOME_CODE", Detail: "A sentence.", RequestID: "req-1"}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("kind %d (-want +got):\n%s", kind, diff)
		}
		if got.Status != status || got.Headers["Content-Type"][0] != "application/problem+json" || got.Headers["Retry-After"][0] != "2" {
			t.Errorf("kind %d answered %d %v, want %d, a problem and Retry-After 2", kind, got.Status, got.Headers, status)
		}
		if !strings.Contains(log.String(), "row u-9") || strings.Contains(got.Body, "row u-9") {
			t.Errorf("kind %d: the cause belongs in the log %q and not in the answer %q", kind, log.String(), got.Body)
		}
	}
}

func TestAnUnclassifiedErrorSaysNothingOfItself(t *testing.T) {
	t.Parallel()
	got, _ := serve(t, new(bytes.Buffer), event, func(context.Context, *rest.Request) (rest.Response, error) {
		return rest.Response{}, errors.New("dynamodb: table profiles-x is gone")
	})
	if got.Status != 500 || strings.Contains(got.Body, "profiles-x") || !strings.Contains(got.Body, `"INTERNAL"`) {
		t.Errorf("answer = %d %s, want a 500 INTERNAL without the cause", got.Status, got.Body)
	}
}

func TestServeRefusesWhatIsNoProxyEvent(t *testing.T) {
	t.Parallel()
	for _, e := range []string{`{"Records":[]}`, `null`, `[]`, `"x"`, `{`, ``} {
		_, err := serve(t, new(bytes.Buffer), e, nil)
		if !errors.Is(err, rest.ErrEvent) {
			t.Errorf("Serve(%s) = %v, want ErrEvent", e, err)
		}
	}
}

func TestServeRefusesBrokenBase64(t *testing.T) {
	t.Parallel()
	got, err := serve(t, new(bytes.Buffer), `{"httpMethod":"POST","isBase64Encoded":true,"body":"%%%","requestContext":{"requestId":"req-2"}}`, nil)
	if err != nil || got.Status != 400 || !strings.Contains(got.Body, "INVALID_BODY") || !strings.Contains(got.Body, "req-2") {
		t.Errorf("answer = %+v, %v, want a 400 INVALID_BODY with the request id", got, err)
	}
}

type callers map[string]auth.Caller

func (v callers) Authenticate(_ context.Context, authorization string) (auth.Caller, error) {
	c, ok := v[authorization]
	if !ok {
		return auth.Caller{}, fault.New(fault.Unauthenticated, "TOKEN_INVALID", "Sign in again.")
	}
	return c, nil
}

func TestAuthenticatedLetsOnlyCallersThrough(t *testing.T) {
	t.Parallel()
	var called string
	h := func(_ context.Context, r *rest.Request) (rest.Response, error) {
		called = r.Caller.Sub
		return rest.Response{}, nil
	}
	got, _ := serve(t, new(bytes.Buffer), event, rest.Authenticated(callers{"Bearer t1": {Sub: "u1"}}, h))
	if got.Status != 200 || called != "u1" {
		t.Errorf("with a good token: status %d, handler saw %q, want 200 and u1", got.Status, called)
	}
	called = ""
	got, _ = serve(t, new(bytes.Buffer), event, rest.Authenticated(callers{}, h))
	if got.Status != 401 || called != "" || len(got.Headers["Www-Authenticate"])+len(got.Headers["WWW-Authenticate"]) == 0 {
		t.Errorf("with a bad token: %+v, handler saw %q, want a 401 that names Bearer", got, called)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       error
	}{
		{name: "an object is read", body: ` {"question":"why?","extra":true} `},
		{name: "nothing is refused", body: "", want: rest.ErrBody},
		{name: "a list is refused", body: `[1]`, want: rest.ErrBody},
		{name: "null is refused", body: `null`, want: rest.ErrBody},
		{name: "an unfinished object is refused", body: `{"question":`, want: rest.ErrBody},
		{name: "two objects are refused", body: `{"question":"a"}{}`, want: rest.ErrBody},
		{name: "a wrong type names the field", body: `{"question":5}`, want: rest.ErrField},
		{name: "bytes that are not UTF-8 are refused", body: "{\"question\":\"\xff\"}", want: rest.ErrBody},
		{name: "a body over the limit is refused", body: `{"question":"` + strings.Repeat("x", 100) + `"}`, want: rest.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var v struct {
				Question string `json:"question"`
			}
			r := rest.Request{Body: []byte(tt.body)}
			if err := r.Decode(&v, 100); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("Decode(%q) = %v, want %v", tt.body, err, tt.want)
			}
			if tt.want == nil && v.Question != "why?" {
				t.Errorf("question = %q, want why?", v.Question)
			}
		})
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte(event))
	f.Add([]byte(`{"httpMethod":"POST","isBase64Encoded":true,"body":"` + base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)) + `"}`))
	f.Add([]byte(`{"httpMethod":"GET","headers":null,"multiValueHeaders":{"":[""]}}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		log := slog.New(slog.DiscardHandler)
		out, err := rest.Serve(log, func(_ context.Context, r *rest.Request) (rest.Response, error) {
			var v map[string]any
			return rest.Response{Body: v}, r.Decode(&v, 1<<10)
		})(t.Context(), event)
		if err != nil {
			return
		}
		if _, err := json.Marshal(out); err != nil {
			t.Errorf("answer to %q does not encode: %v", event, err)
		}
	})
}

func BenchmarkServe(b *testing.B) {
	h := rest.Serve(slog.New(slog.DiscardHandler), func(context.Context, *rest.Request) (rest.Response, error) {
		return rest.Response{Body: struct{ OK bool }{true}}, nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h(b.Context(), json.RawMessage(event)); err != nil {
			b.Fatal(err)
		}
	}
}
