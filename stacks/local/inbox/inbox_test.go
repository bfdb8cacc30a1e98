package inbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/inbox"
)

// box is an inbox with mails, and a count of how often it was emptied.
type box struct {
	mails   []awstest.Message
	cleared int
}

func (b *box) open() *inbox.Inbox {
	return inbox.New(inbox.Options{
		Messages: func() []awstest.Message { return b.mails },
		Clear:    func() { b.cleared++; b.mails = nil },
		Changed:  func() <-chan struct{} { return nil },
		Console:  "http://localhost:8787/_local",
	})
}

func mail() awstest.Message {
	return awstest.Message{
		ID: "m1", To: []string{"ada@example.com"}, From: "Call Analyst <hello@callanalyst.app>", Subject: "Your code <1>",
		HTML: `<html><head><title>x</title></head><body><a href="https://callanalyst.app/terms">Terms</a></body></html>`,
		Text: "Your code is 123456.\nTerms: https://callanalyst.app/terms?a=1&b=2.", ConfigurationSet: "auth",
		At: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Tags: map[string][]string{"kind": {"code"}},
	}
}

func do(t *testing.T, h http.Handler, method, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost:8025"+path, nil)
	for name, v := range header {
		r.Header[name] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMessagesAsJSON(t *testing.T) {
	t.Parallel()
	w := do(t, (&box{mails: []awstest.Message{mail()}}).open(), "GET", "/api/messages", nil)
	want := `{"messages":[{"id":"m1","to":["ada@example.com"],"from":"Call Analyst \u003chello@callanalyst.app\u003e","subject":"Your code \u003c1\u003e",` +
		`"html":"\u003chtml\u003e`
	if got := w.Body.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, `"configuration_set":"auth","at":"2026-11-21T12:00:00Z"}]}`) {
		t.Errorf("messages = %s", got)
	}
	var fields struct{ Messages []map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &fields); err != nil || len(fields.Messages[0]) != 8 {
		t.Errorf("a message has %d fields, %v; want 8", len(fields.Messages[0]), err)
	}
	if empty := do(t, (&box{}).open(), "GET", "/api/messages", nil).Body.String(); strings.TrimSpace(empty) != `{"messages":[]}` {
		t.Errorf("an empty inbox = %s", empty)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	foreign := http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	tests := []struct {
		name, method, path string
		header             http.Header
		status, cleared    int
	}{
		{name: "by a program", method: "DELETE", path: "/api/messages", status: 204, cleared: 1},
		{name: "by the page", method: "POST", path: "/clear", status: 303, cleared: 1},
		{name: "not by another page", method: "DELETE", path: "/api/messages", header: foreign, status: 403},
		{name: "not by another page's form", method: "POST", path: "/clear", header: foreign, status: 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &box{mails: []awstest.Message{mail()}}
			w := do(t, b.open(), tt.method, tt.path, tt.header)
			if w.Code != tt.status || b.cleared != tt.cleared {
				t.Errorf("%s %s = %d and cleared %d times, want %d and %d", tt.method, tt.path, w.Code, b.cleared, tt.status, tt.cleared)
			}
		})
	}
}

func TestListShowsTheCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, code string
	}{
		{name: "a code in a sentence", text: "Your code is 123456. Use it.", code: "123456"},
		{name: "a code on its own line", text: "Code:\n\n 654321 \n", code: "654321"},
		{name: "the first of two", text: "111111 or 222222", code: "111111"},
		{name: "part of a longer number is none", text: "Order 1234567"},
		{name: "part of an address is none", text: "https://x.test/a/123456/b"},
		{name: "an amount is none", text: "1,123456 and 3.123456"},
		{name: "no number at all", text: "Welcome"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := mail()
			m.Text = tt.text
			page := do(t, (&box{mails: []awstest.Message{m}}).open(), "GET", "/", nil).Body.String()
			if got := strings.Contains(page, `<output class="code">`+tt.code+`</output>`); got != (tt.code != "") {
				t.Errorf("%q shows code %q: %v", tt.text, tt.code, got)
			}
		})
	}
}

func TestListOfNothingSaysWhatToDo(t *testing.T) {
	t.Parallel()
	if page := do(t, (&box{}).open(), "GET", "/", nil).Body.String(); !strings.Contains(page, "No mail yet.") {
		t.Errorf("page = %s", page)
	}
}

func TestMailPage(t *testing.T) {
	t.Parallel()
	b := &box{mails: []awstest.Message{mail()}}
	w := do(t, b.open(), "GET", "/messages/m1", nil)
	page := w.Body.String()
	for _, want := range []string{
		"Your code &lt;1&gt;", `sandbox="allow-popups allow-popups-to-escape-sandbox"`, `src="/messages/m1/html"`,
		`<a href="https://callanalyst.app/terms?a=1&amp;b=2" target="_blank" rel="noreferrer">`, "123456", "http://localhost:8787/_local",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "allow-scripts") || strings.Contains(page, "allow-same-origin") {
		t.Error("the frame lets a mail run scripts or act as the inbox")
	}
	if code := do(t, b.open(), "GET", "/messages/none", nil).Code; code != 404 {
		t.Errorf("a mail that is not there = %d, want 404", code)
	}
}

func TestMailTextIsEscaped(t *testing.T) {
	t.Parallel()
	m := mail()
	m.Text = `<script>alert(1)</script> javascript:alert(1) https://x.test/"onmouseover="y <b>`
	page := do(t, (&box{mails: []awstest.Message{m}}).open(), "GET", "/messages/m1", nil).Body.String()
	for _, bad := range []string{"<script>alert", `"onmouseover="`, `href="javascript:`, "<b>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// A mail's own document must not run scripts, whatever opens it.
func TestMailDocumentIsFencedIn(t *testing.T) {
	t.Parallel()
	w := do(t, (&box{mails: []awstest.Message{mail()}}).open(), "GET", "/messages/m1/html", nil)
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'self'", "sandbox allow-popups"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	for _, bad := range []string{"allow-scripts", "allow-same-origin", "script-src"} {
		if strings.Contains(policy, bad) {
			t.Errorf("policy %q has %q", policy, bad)
		}
	}
	if body := w.Body.String(); !strings.HasPrefix(body, `<html><head><base target="_blank"><title>`) {
		t.Errorf("document = %s, want links to open in a new tab", body)
	}
	m := mail()
	m.HTML = "<p>no head</p>"
	if body := do(t, (&box{mails: []awstest.Message{m}}).open(), "GET", "/messages/m1/html", nil).Body.String(); body != `<base target="_blank"><p>no head</p>` {
		t.Errorf("document without a head = %s", body)
	}
}
