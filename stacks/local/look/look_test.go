package look_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/look"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, host string
		header             http.Header
		want               int
	}{
		{name: "a person on this machine", method: "GET", host: "localhost:8787", want: 200},
		{name: "by address", method: "GET", host: "127.0.0.1:8787", want: 200},
		{name: "by IPv6 address", method: "GET", host: "[::1]:8787", want: 200},
		{name: "without a port", method: "GET", host: "localhost", want: 200},
		{name: "a name that somebody pointed here", method: "GET", host: "evil.example:8787", want: 421},
		{name: "a name that begins like ours", method: "GET", host: "localhost.evil.example", want: 421},
		{name: "another address", method: "GET", host: "10.0.0.1:8787", want: 421},
		{name: "a program presses a button", method: "POST", host: "localhost:8787", want: 200},
		{name: "the page presses a button", method: "POST", host: "localhost:8787", header: http.Header{"Origin": {"http://localhost:8787"}, "Sec-Fetch-Site": {"same-origin"}}, want: 200},
		{name: "a page on the web presses a button", method: "POST", host: "localhost:8787", header: http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}, want: 403},
		{name: "an old browser tells only the origin", method: "POST", host: "localhost:8787", header: http.Header{"Origin": {"https://evil.example"}}, want: 403},
		{name: "a page on another port of this machine", method: "DELETE", host: "localhost:8787", header: http.Header{"Origin": {"http://localhost:3000"}, "Sec-Fetch-Site": {"same-site"}}, want: 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tt.method, "/", nil)
			r.Host = tt.host
			for name, v := range tt.header {
				r.Header[name] = v
			}
			w := httptest.NewRecorder()
			reached := false
			look.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })).ServeHTTP(w, r)
			if w.Code != tt.want || reached != (tt.want == 200) {
				t.Errorf("%s from %s %v = %d, reached %v; want %d", tt.method, tt.host, tt.header, w.Code, reached, tt.want)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"style.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8"} {
		w := httptest.NewRecorder()
		look.Files("/_local/").ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_local/"+name, nil))
		if got := w.Header().Get("Content-Type"); w.Code != 200 || got != kind {
			t.Errorf("%s = %d %q, want 200 %q", name, w.Code, got, kind)
		}
	}
}

func TestFragments(t *testing.T) {
	t.Parallel()
	page := template.Must(template.New("").Parse(`{{define "a"}}<b>{{.}}</b>{{end}}{{define "b"}}{{.Missing}}{{end}}`))
	got, err := look.Fragments(page, "<x>", "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]look.Fragment{{ID: "a", HTML: "<b>&lt;x&gt;</b>"}}, got); diff != "" {
		t.Errorf("fragments (-want +got):\n%s", diff)
	}
	if _, err := look.Fragments(page, "x", "b"); err == nil {
		t.Error("Fragments of a broken template = nil, want an error")
	}
}

func TestPolicyAllowsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	got := look.Policy("'self'")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "frame-src 'self'"} {
		if !strings.Contains(got, want) {
			t.Errorf("Policy = %q, want it to have %q", got, want)
		}
	}
}

// reader opens a stream and returns a function for its next fragment.
func reader(t *testing.T, l look.Live) func() look.Fragment {
	t.Helper()
	srv := httptest.NewServer(l)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); srv.Close() })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("Content-Type = %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	return func() look.Fragment {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var f look.Fragment
				if err := json.Unmarshal([]byte(data), &f); err != nil {
					t.Fatal(err)
				}
				return f
			}
		}
		t.Fatal("the stream ended")
		return look.Fragment{}
	}
}

func TestLiveSendsWhatChanged(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	changed := make(chan struct{}, 1)
	next := reader(t, look.Live{
		Changed: func() <-chan struct{} { return changed },
		Render: func() ([]look.Fragment, error) {
			return []look.Fragment{{ID: "still", HTML: "same"}, {ID: "moving", HTML: string('a' + rune(n.Load()))}}, nil
		},
	})
	for _, want := range []look.Fragment{{ID: "still", HTML: "same"}, {ID: "moving", HTML: "a"}} {
		if got := next(); got != want {
			t.Fatalf("first fragments: %+v, want %+v", got, want)
		}
	}
	n.Add(1)
	changed <- struct{}{}
	if got, want := next(), (look.Fragment{ID: "moving", HTML: "b"}); got != want {
		t.Errorf("after a change: %+v, want %+v alone", got, want)
	}
}

// quiet is a reader who only counts what is flushed to him.
type quiet struct {
	http.ResponseWriter
	flushed atomic.Int64
}

func (q *quiet) Flush() { q.flushed.Add(1) }

func TestLiveKeepsCalm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hot := make(chan struct{})
		close(hot) // something changes all the time
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		q := &quiet{ResponseWriter: httptest.NewRecorder()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			look.Live{
				Changed: func() <-chan struct{} { return hot },
				Render:  func() ([]look.Fragment, error) { return nil, nil },
			}.ServeHTTP(q, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		}()
		time.Sleep(3 * time.Second)
		if n := q.flushed.Load(); n > 21 || n < 15 {
			t.Errorf("3 s of constant change wrote %d times, want about 20", n)
		}
		cancel()
		<-done
	})
}

func TestLiveEndsWhenItCannotRender(t *testing.T) {
	t.Parallel()
	look.Live{
		Changed: func() <-chan struct{} { return nil },
		Render:  func() ([]look.Fragment, error) { return nil, errors.New("no") },
	}.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
}
