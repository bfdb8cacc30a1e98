package runtimeapi_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"callanalyst/stacks/local/runtimeapi"
)

// puppet is a function whose process only sleeps: the test speaks to the
// Runtime API in its place.
type puppet struct {
	t      *testing.T
	host   *runtimeapi.Host
	base   string
	result chan ending
}

// newPuppet starts an invocation, and returns when its process runs.
func newPuppet(t *testing.T) *puppet {
	t.Helper()
	addr := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { addr <- r.URL.Query().Get("api") }))
	t.Cleanup(s.Close)
	p := &puppet{t: t, host: newHost(t, runtimeapi.Options{}), result: make(chan ending, 1)}
	set(t, p.host, function("puppet", "TELL="+s.URL))
	p.invoke()
	p.base = "http://" + receive(t, "the process's start", addr)
	return p
}

func (p *puppet) invoke() {
	go func() {
		res, err := p.host.Invoke(context.Background(), "puppet", []byte(`{"a":1}`))
		p.result <- ending{res, err}
	}()
}

// do sends a request and returns the status, the answer's request id and its body.
func (p *puppet) do(method, path, body string, headers ...string) (int, string, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Lambda-Runtime-Aws-Request-Id"), string(b)
}

func (p *puppet) want(what string, status int, body string, wantStatus int, wantBody string) {
	p.t.Helper()
	if status != wantStatus || !strings.Contains(body, wantBody) {
		p.t.Errorf("%s = %d %s, want %d with %s", what, status, body, wantStatus, wantBody)
	}
}

const (
	next      = "/2018-06-01/runtime/invocation/next"
	initError = "/2018-06-01/runtime/init/error"
)

func answerPath(id string) string { return "/2018-06-01/runtime/invocation/" + id + "/response" }
func errorPath(id string) string  { return "/2018-06-01/runtime/invocation/" + id + "/error" }

func TestRuntimeAPIProtocol(t *testing.T) {
	t.Parallel()
	p := newPuppet(t)

	status, _, body := p.do("POST", answerPath("early"), "1")
	p.want("an answer before any event", status, body, 400, "InvalidRequestID")
	status, id, body := p.do("GET", next, "")
	p.want("the first event", status, body, 200, `{"a":1}`)
	status, _, body = p.do("GET", next, "")
	p.want("next without an answer", status, body, 403, "InvalidStateTransition")
	status, _, body = p.do("POST", initError, "{}")
	p.want("an init error after init", status, body, 403, "InvalidStateTransition")
	status, _, body = p.do("POST", answerPath("another"), "1")
	p.want("an answer to another event", status, body, 400, "InvalidRequestID")
	status, _, body = p.do("POST", answerPath(id), `"done"`)
	p.want("the answer", status, body, 202, `{"status":"OK"}`)
	status, _, body = p.do("POST", errorPath(id), `{}`)
	p.want("a second answer", status, body, 400, "InvalidStateTransition")
	select {
	case e := <-p.result:
		t.Fatalf("Invoke() = %+v before the process asked for the next event", e)
	default:
	}
	go func() { <-p.result; p.invoke() }()
	status, second, body := p.do("GET", next, "")
	p.want("the second event", status, body, 200, `{"a":1}`)
	if second == id {
		t.Errorf("the second event has the first's id %q", id)
	}
	status, _, body = p.do("POST", errorPath(second), "not JSON", "Lambda-Runtime-Function-Error-Type", "Runtime.Odd")
	p.want("an error that is no JSON", status, body, 202, "OK")
	go func() { _, _ = new(http.Client).Get(p.base + next) }()
	e := receive(t, "the end", p.result)
	if e.res.ErrorType != "Runtime.Odd" || e.res.ErrorMessage != "not JSON" || !strings.Contains(string(e.res.Payload), `"not JSON"`) {
		t.Errorf("result = %+v %s, want the error as it was sent", e.res, e.res.Payload)
	}
}

func TestRuntimeAPIRefusesWebPages(t *testing.T) {
	t.Parallel()
	p := newPuppet(t)

	status, _, body := p.do("GET", next, "", "Origin", "https://evil.example")
	p.want("next from a web page", status, body, 403, "InvalidHost")

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+next, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "rebound.example"
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("next under another name = %d, want 403", resp.StatusCode)
	}
}

func TestAnswerThatBreaksOffIsNotAnAnswer(t *testing.T) {
	t.Parallel()
	p := newPuppet(t)
	_, id, _ := p.do("GET", next, "")
	body, feed := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+answerPath(id), body)
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		resp, err := new(http.Client).Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		sent <- err
	}()
	if _, err := io.WriteString(feed, `{"half":`); err != nil {
		t.Fatal(err)
	}
	_ = feed.CloseWithError(io.ErrUnexpectedEOF)
	if err := receive(t, "the break", sent); err == nil {
		t.Fatal("the broken request had an answer")
	}

	status, _, text := p.do("GET", next, "")

	p.want("next after half an answer", status, text, 403, "InvalidStateTransition")
}
