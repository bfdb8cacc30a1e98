package console_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/runtimeapi"
)

func TestOverviewOfAFreshFleetSaysWhatToDo(t *testing.T) {
	t.Parallel()
	c, _ := open(&fakes{})
	status, page, header := get(t, c, "/_local")
	if status != 200 {
		t.Fatalf("GET /_local = %d", status)
	}
	wants(t, page, "pre-signup", "Cognito PreSignUp", "GET /api/profile", "Nothing has run yet.", "No function has a schedule yet.", "http://localhost:4566")
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") {
		t.Errorf("Content-Security-Policy = %q", csp)
	}
	for _, word := range []string{"http://cdn", "https://"} {
		if strings.Contains(page, word) {
			t.Errorf("the page loads or links %q from elsewhere", word)
		}
	}
}

func TestOverviewShowsWhatHappened(t *testing.T) {
	t.Parallel()
	f := &fakes{
		due:    []feeds.Due{{Function: "profile-get", When: "every 2m0s", Next: noon().Add(time.Minute), Skipped: 3}},
		queues: []console.Queue{{Name: "welcome", Function: "profile-get", Waiting: 2, DeadCount: 1, Dead: []console.Dead{{ID: "m1", Sent: noon(), Body: "<b>body</b>"}}}},
		alive:  []feeds.Event{{ID: "e1", Function: "profile-get", Payload: json.RawMessage(`{"a":1}`), Queued: noon()}},
		dead:   []feeds.Event{{ID: "e2", Function: "pre-signup", Payload: json.RawMessage(`{}`), Queued: noon(), Attempts: 3, Error: "lost", Died: noon()}},
	}
	c, r := open(f)
	r.Observe(ended("pre-signup", "1", 12345*time.Microsecond, runtimeapi.Failed))
	_, page, _ := get(t, c, "/_local")
	wants(t, page, "it &lt;broke&gt;", "12.3 ms", "failed", "12:01:00", "every 2m0s", "1 dead", "&lt;b&gt;body&lt;/b&gt;",
		"/_local/queues/welcome/redrive", "on its way", "dead</span>", "/_local/functions/pre-signup/redrive", "/_local/schedules/profile-get/run")
}

// A queue of a hundred thousand events must not become a page of as many rows.
func TestOverviewListsSomeEventsAndCountsAll(t *testing.T) {
	t.Parallel()
	f := &fakes{}
	for i := range 1000 {
		f.alive = append(f.alive, feeds.Event{ID: fmt.Sprint("e", i), Function: "profile-get", Payload: json.RawMessage(`{}`), Queued: noon()})
	}
	c, _ := open(f)
	_, page, _ := get(t, c, "/_local")
	wants(t, page, "1000 on their way, 0 dead.")
	if n := strings.Count(page, `<details id="e-`); n != 100 {
		t.Errorf("the page lists %d events, want 100", n)
	}
}

func TestFunctionPage(t *testing.T) {
	t.Parallel()
	c, r := open(&fakes{})
	r.Observe(ended("pre-signup", "1", time.Millisecond, runtimeapi.OK))
	r.Observe(ended("profile-get", "2", time.Millisecond, runtimeapi.Failed))
	r.Line(runtimeapi.Line{Time: noon(), Function: "pre-signup", Text: `{"level":"ERROR","msg":"<script>"}`})
	r.Line(runtimeapi.Line{Time: noon(), Function: "pre-signup", Text: "START RequestId: 1"})
	r.Rebuilt(noon(), runtimeapi.Rebuild{Function: "pre-signup", Err: errors.New("main.go:3:1: syntax error")})
	status, page, _ := get(t, c, "/_local/functions/pre-signup")
	if status != 200 {
		t.Fatalf("status = %d", status)
	}
	wants(t, page, "does not compile", "main.go:3:1: syntax error", `class="error"`, `class="mine"`, "&lt;script&gt;", "12:00:00.000")
	if strings.Contains(page, "errorString") || strings.Contains(page, "it &lt;broke&gt;") {
		t.Error("the page shows another function's invocation")
	}
	if status, _, _ := get(t, c, "/_local/functions/none"); status != 404 {
		t.Errorf("the page of no function = %d, want 404", status)
	}
}

func TestHomeSaysHowToSignUp(t *testing.T) {
	t.Parallel()
	c, _ := open(&fakes{})
	_, page, _ := get(t, c, "/")
	wants(t, page, "AWS_ENDPOINT_URL=http://localhost:4566", "--client-id client1", `href="/_local"`)
}

func TestStateOfAFunction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		pool runtimeapi.Pool
		last runtimeapi.Outcome
		err  error // of a rebuild
		want string
	}{
		{name: "one that never ran is idle", want: "idle"},
		{name: "one with a process is warm", pool: runtimeapi.Pool{Warm: 1}, last: runtimeapi.OK, want: "warm"},
		{name: "one at work is busy", pool: runtimeapi.Pool{Warm: 1, Busy: 1}, last: runtimeapi.Failed, want: "busy"},
		{name: "one whose last run failed has failed", pool: runtimeapi.Pool{Warm: 1}, last: runtimeapi.TimedOut, want: "failed"},
		{name: "one that does not compile is stale", pool: runtimeapi.Pool{Busy: 1}, err: errors.New("no"), want: "stale"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.pool.Function = "pre-signup"
			c, r := open(&fakes{pools: []runtimeapi.Pool{tt.pool}})
			if tt.last != "" {
				r.Observe(ended("pre-signup", "1", 0, tt.last))
			}
			if tt.err != nil {
				r.Rebuilt(noon(), runtimeapi.Rebuild{Function: "pre-signup", Err: tt.err})
			}
			_, body, _ := get(t, c, "/_local/state")
			var s console.State
			if err := json.Unmarshal([]byte(body), &s); err != nil {
				t.Fatal(err)
			}
			if got := s.Functions[0]; got.State != tt.want || got.Warm != tt.pool.Warm || got.Busy != tt.pool.Busy {
				t.Errorf("state = %s, %d warm, %d busy; want %s of %+v", got.State, got.Warm, got.Busy, tt.want, tt.pool)
			}
		})
	}
}

func TestButtons(t *testing.T) {
	t.Parallel()
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	foreign := http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	tests := []struct {
		name, path string
		header     http.Header
		status     int
		pressed    []string
	}{
		{name: "run a schedule", path: "/_local/schedules/poll/run", status: 204, pressed: []string{"run poll"}},
		{name: "a form goes back to the page", path: "/_local/schedules/poll/run", header: form, status: 303, pressed: []string{"run poll"}},
		{name: "a schedule that is not there", path: "/_local/schedules/none/run", status: 404},
		{name: "a schedule that still runs", path: "/_local/schedules/busy/run", status: 409},
		{name: "dead messages once more", path: "/_local/queues/welcome/redrive", status: 204, pressed: []string{"redrive queue welcome"}},
		{name: "dead messages away", path: "/_local/queues/welcome/purge", status: 204, pressed: []string{"purge queue welcome"}},
		{name: "a queue that is not there", path: "/_local/queues/none/purge", status: 409},
		{name: "dead events once more", path: "/_local/functions/mailer/redrive", status: 204, pressed: []string{"redrive events mailer"}},
		{name: "dead events away", path: "/_local/functions/mailer/purge", status: 204, pressed: []string{"purge events mailer"}},
		{name: "a page from elsewhere", path: "/_local/schedules/poll/run", header: foreign, status: 403},
		{name: "a page from elsewhere deletes", path: "/_local/queues/welcome/purge", header: foreign, status: 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &fakes{}
			c, _ := open(f)
			status, body, _ := do(t, c, http.MethodPost, tt.path, tt.header)
			if status != tt.status {
				t.Errorf("POST %s = %d %s, want %d", tt.path, status, body, tt.status)
			}
			if diff := cmp.Diff(tt.pressed, f.pressed); diff != "" {
				t.Errorf("pressed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTravelSetsTheCountry(t *testing.T) {
	t.Parallel()
	c, _ := open(&fakes{})
	status, _, header := do(t, c, http.MethodPost, "/_local/travel?country=DE", nil)
	cookie := header.Get("Set-Cookie")
	if status != 303 || header.Get("Location") != "/" || !strings.HasPrefix(cookie, "country=DE; Path=/; HttpOnly") {
		t.Errorf("travel = %d to %s with %q", status, header.Get("Location"), cookie)
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	c, _ := open(&fakes{})
	for _, path := range []string{"/_local/style.css", "/_local/live.js"} {
		if status, _, _ := get(t, c, path); status != 200 {
			t.Errorf("GET %s = %d", path, status)
		}
	}
	if status, _, header := get(t, c, "/_local/"); status != 302 || header.Get("Location") != "/_local" {
		t.Errorf("GET /_local/ = %d to %q", status, header.Get("Location"))
	}
}
