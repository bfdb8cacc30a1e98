package runtimeapi_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/runtimeapi"
)

// post calls the Invoke API as an SDK does.
func post(t *testing.T, api http.Handler, function, query, body string, headers map[string]string) *http.Response {
	t.Helper()
	target := "/2015-03-31/functions/" + url.PathEscape(function) + "/invocations" + query
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInvokeAPIAnswers(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("event"), function("error"))
	tests := []struct {
		name     string
		function string
		query    string
		body     string
		want     string
		wantErr  string // X-Amz-Function-Error
	}{
		{name: "by name", function: "event", body: `{"a": 1}`, want: `{"a":1}`},
		{name: "by ARN", function: "arn:aws:lambda:us-east-2:000000000000:function:event", body: `[]`, want: `[]`},
		{name: "by partial ARN", function: "000000000000:function:event", body: `"x"`, want: `"x"`},
		{name: "by ARN with a version", function: "arn:aws:lambda:us-east-2:000000000000:function:event:$LATEST", body: `1`, want: `1`},
		{name: "by name and qualifier", function: "event", query: "?Qualifier=$LATEST", body: `1`, want: `1`},
		{name: "no body is an empty object", function: "event", want: `{}`},
		{name: "a function's error is an answer", function: "error", want: `{"errorMessage":"TOS_NOT_ACCEPTED","errorType":"errorString"}`, wantErr: "Unhandled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := post(t, h, tt.function, tt.query, tt.body, nil)

			if got := text(t, r); r.StatusCode != http.StatusOK || got != tt.want {
				t.Errorf("answer = %d %s, want 200 %s", r.StatusCode, got, tt.want)
			}
			if got := r.Header.Get("X-Amz-Function-Error"); got != tt.wantErr {
				t.Errorf("X-Amz-Function-Error = %q, want %q", got, tt.wantErr)
			}
			if v, id := r.Header.Get("X-Amz-Executed-Version"), r.Header.Get("x-amzn-RequestId"); v != "$LATEST" || len(id) != 36 {
				t.Errorf("version = %q, request id = %q; want $LATEST and a UUID", v, id)
			}
		})
	}
}

func TestInvokeAPIErrors(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{Async: func(string, []byte) error { return runtimeapi.ErrClosed }})
	set(t, h, function("pid"))
	event := map[string]string{"X-Amz-Invocation-Type": "Event"}
	tests := []struct {
		name       string
		function   string
		query      string
		body       string
		headers    map[string]string
		wantStatus int
		wantKind   string
		want       string
	}{
		{name: "unknown function", function: "nobody", wantStatus: 404, wantKind: "ResourceNotFoundException", want: `{"Message":"Function not found: arn:aws:lambda:us-east-2:000000000000:function:nobody","Type":"User"}`},
		{name: "unknown version", function: "pid", query: "?Qualifier=7", wantStatus: 404, wantKind: "ResourceNotFoundException", want: `{"Message":"Function not found: arn:aws:lambda:us-east-2:000000000000:function:pid:7","Type":"User"}`},
		{name: "unknown function, asynchronously", function: "nobody", headers: event, wantStatus: 404, wantKind: "ResourceNotFoundException", want: `{"Message":"Function not found: arn:aws:lambda:us-east-2:000000000000:function:nobody","Type":"User"}`},
		{name: "a body that is not JSON", function: "pid", body: "hello", wantStatus: 400, wantKind: "InvalidRequestContentException", want: `{"Type":"User","message":"Could not parse request body into json: invalid character 'h' looking for beginning of value"}`},
		{name: "a body over 6 MB", function: "pid", body: `"` + strings.Repeat("a", 6<<20) + `"`, wantStatus: 413, wantKind: "RequestTooLargeException", want: `{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`},
		{name: "an asynchronous body over 1 MB", function: "pid", headers: event, body: `"` + strings.Repeat("a", 1<<20) + `"`, wantStatus: 413, wantKind: "RequestTooLargeException", want: `{"Type":"User","message":"Request must be smaller than 1048576 bytes for the InvokeFunction operation"}`},
		{name: "an invocation type that does not exist", function: "pid", headers: map[string]string{"X-Amz-Invocation-Type": "Later"}, wantStatus: 400, wantKind: "InvalidParameterValueException", want: `{"Type":"User","message":"1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"}`},
		{name: "a queue that refuses", function: "pid", headers: event, wantStatus: 500, wantKind: "ServiceException", want: `{"Message":"host is closed","Type":"Service"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := post(t, h, tt.function, tt.query, tt.body, tt.headers)

			if got := text(t, r); r.StatusCode != tt.wantStatus || got != tt.want {
				t.Errorf("answer = %d %s, want %d %s", r.StatusCode, got, tt.wantStatus, tt.want)
			}
			if got := r.Header.Get("x-amzn-ErrorType"); got != tt.wantKind {
				t.Errorf("x-amzn-ErrorType = %q, want %q", got, tt.wantKind)
			}
		})
	}
}

func TestInvokeAPIThrottles(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g := newGate(t)
	f := function("hold", "GATE="+g.url)
	f.Concurrency = 1
	set(t, h, f)
	go func() { _, _ = h.Invoke(context.Background(), "hold", []byte("{}")) }()
	receive(t, "the function's call", g.asked)

	r := post(t, h, "hold", "", "", nil)

	want := `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`
	if got := text(t, r); r.StatusCode != http.StatusTooManyRequests || got != want || r.Header.Get("x-amzn-ErrorType") != "TooManyRequestsException" {
		t.Errorf("answer = %d %q %s, want 429 TooManyRequestsException %s", r.StatusCode, r.Header.Get("x-amzn-ErrorType"), got, want)
	}
	if r.Header.Get("Retry-After") == "" {
		t.Error("answer has no Retry-After")
	}
}

func TestInvokeAPIGivesTheLogTail(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("print"))

	with := post(t, h, "print", "", "", map[string]string{"X-Amz-Log-Type": "Tail"})
	without := post(t, h, "print", "", "", nil)

	tail, err := base64.StdEncoding.DecodeString(with.Header.Get("X-Amz-Log-Result"))
	if err != nil || !strings.Contains(string(tail), "to stdout\nto stderr\nunfinished\nEND RequestId: ") {
		t.Errorf("X-Amz-Log-Result = %q, %v; want the log", tail, err)
	}
	if got := without.Header.Get("X-Amz-Log-Result"); got != "" {
		t.Errorf("X-Amz-Log-Result without being asked for = %q, want none", got)
	}
}

func TestInvokeAPIHandsOnTraceAndClientContext(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("context"))

	r := post(t, h, "context", "", "", map[string]string{
		"X-Amz-Client-Context": base64.StdEncoding.EncodeToString([]byte(`{"custom":{"k":"v"}}`)),
		"X-Amzn-Trace-Id":      "Root=1-5759e988-bd862e3fe1be46a994272793",
	})

	var got struct {
		Trace  string
		Custom map[string]string
	}
	if err := json.Unmarshal([]byte(text(t, r)), &got); err != nil {
		t.Fatal(err)
	}
	if got.Trace != "Root=1-5759e988-bd862e3fe1be46a994272793" || got.Custom["k"] != "v" {
		t.Errorf("function saw %+v, want the caller's trace and context", got)
	}
}

func TestInvokeAPIEvent(t *testing.T) {
	t.Parallel()
	type handed struct{ name, payload string }
	queue := make(chan handed, 1)
	h := newHost(t, runtimeapi.Options{Async: func(name string, payload []byte) error {
		queue <- handed{name, string(payload)}
		return nil
	}})
	set(t, h, function("pid"))

	r := post(t, h, runtimeapi.ARN("pid"), "", `{"a":1}`, map[string]string{"X-Amz-Invocation-Type": "Event"})

	if r.StatusCode != http.StatusAccepted || text(t, r) != "" {
		t.Errorf("answer = %d, want 202 without a body", r.StatusCode)
	}
	if diff := cmp.Diff(handed{"pid", `{"a":1}`}, receive(t, "the hand-over", queue), cmp.AllowUnexported(handed{})); diff != "" {
		t.Errorf("queued (-want +got):\n%s", diff)
	}
}

func TestInvokeAPIEventRunsWithoutAQueue(t *testing.T) {
	t.Parallel()
	events := make(chan runtimeapi.Event, 4)
	h := newHost(t, runtimeapi.Options{Observe: func(e runtimeapi.Event) { events <- e }})
	set(t, h, function("pid"))

	r := post(t, h, "pid", "", `{}`, map[string]string{"X-Amz-Invocation-Type": "Event"})

	if r.StatusCode != http.StatusAccepted {
		t.Errorf("answer = %d, want 202", r.StatusCode)
	}
	receive(t, "the beginning", events)
	if e := receive(t, "the end", events); e.Outcome != runtimeapi.OK {
		t.Errorf("outcome = %q, want ok", e.Outcome)
	}
}

func TestInvokeAPIDryRunRunsNothing(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{Observe: func(e runtimeapi.Event) { t.Errorf("event %+v of a dry run", e) }})
	set(t, h, function("pid"))

	if r := post(t, h, "pid", "", "", map[string]string{"X-Amz-Invocation-Type": "DryRun"}); r.StatusCode != http.StatusNoContent {
		t.Errorf("answer = %d, want 204", r.StatusCode)
	}
}

func TestInvokeAPIServesNothingElse(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	for _, target := range []string{"GET /2015-03-31/functions/pid/invocations", "POST /2015-03-31/functions/pid", "POST /other"} {
		method, path, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()

		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))

		if w.Code != http.StatusNotFound || w.Header().Get("x-amzn-ErrorType") != "UnknownOperationException" {
			t.Errorf("%s = %d %q, want 404 UnknownOperationException", target, w.Code, w.Header().Get("x-amzn-ErrorType"))
		}
	}
}

func TestInvokeAPISurvivesABrokenBody(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("pid"))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/2015-03-31/functions/pid/invocations", io.MultiReader(strings.NewReader("{"), broken{}))
	w := httptest.NewRecorder()

	h.ServeHTTP(w, r)

	if w.Code != http.StatusBadRequest {
		t.Errorf("answer = %d, want 400", w.Code)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestParseName(t *testing.T) {
	t.Parallel()
	tests := []struct{ give, name, qualifier string }{
		{"pid", "pid", ""},
		{"pid:live", "pid", "live"},
		{"000000000000:function:pid", "pid", ""},
		{"arn:aws:lambda:us-east-2:000000000000:function:pid", "pid", ""},
		{"arn:aws:lambda:us-east-2:000000000000:function:pid:7", "pid", "7"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if name, qualifier := runtimeapi.ParseName(tt.give); name != tt.name || qualifier != tt.qualifier {
			t.Errorf("ParseName(%q) = %q, %q; want %q, %q", tt.give, name, qualifier, tt.name, tt.qualifier)
		}
	}
}

func ExampleParseName() {
	name, qualifier := runtimeapi.ParseName("arn:aws:lambda:us-east-2:000000000000:function:ask:$LATEST")
	fmt.Fprintln(os.Stdout, name, qualifier)
	// Output: ask $LATEST
}
