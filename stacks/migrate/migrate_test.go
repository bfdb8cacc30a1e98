package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/migration/backfill"
)

// fleet is a Lambda API with the backfill functions, whose jobs are counted
// users: ten to a page.
type fleet struct {
	users int

	mu     sync.Mutex
	rows   map[int]int // how often each user was worked on
	asked  []string    // functions and authorizations
	broken []func(w http.ResponseWriter) bool
}

// Page implements backfill.Job.
func (f *fleet) Page(_ context.Context, cursor string, dry bool) (backfill.Page, error) {
	n, err := strconv.Atoi("0" + cursor)
	if err != nil {
		return backfill.Page{}, backfill.ErrCursor
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := backfill.Page{Next: fmt.Sprint(n + 10), Done: n+10 >= f.users, Total: f.users}
	for i := n; i < min(n+10, f.users); i++ {
		what := "created"
		if f.rows[i] > 0 {
			what = "there"
		}
		if !dry {
			f.rows[i]++
		}
		p.Outcomes = append(p.Outcomes, backfill.Outcome{ID: fmt.Sprint("user-", i), What: what, Trouble: i == 3})
	}
	return p, nil
}

func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.URL.Path+" "+r.Header.Get("Authorization"))
	var fault func(http.ResponseWriter) bool
	if len(f.broken) > 0 {
		fault, f.broken = f.broken[0], f.broken[1:]
	}
	f.mu.Unlock()
	if fault != nil && fault(w) {
		return
	}
	var in backfill.Request
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, `{"message":"not JSON"}`, http.StatusBadRequest)
		return
	}
	ticks := time.Duration(0) // two pages a slice
	report, err := backfill.Run(r.Context(), f, in, func() time.Time {
		ticks += time.Duration(in.Seconds) * time.Second * 3 / 5
		return time.Unix(0, 0).Add(ticks)
	})
	if err != nil {
		answer(w, "Unhandled", map[string]string{"errorType": "Error", "errorMessage": "CURSOR_INVALID"})
		return
	}
	answer(w, "", report)
}

func answer(w http.ResponseWriter, kind string, body any) {
	if kind != "" {
		w.Header().Set("X-Amz-Function-Error", kind)
	}
	_ = json.NewEncoder(w).Encode(body)
}

// failing answers with a function's error.
func failing(code string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		answer(w, "Unhandled", map[string]string{"errorMessage": code})
		return true
	}
}

func status(n int, body string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		w.WriteHeader(n)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func fine(http.ResponseWriter) bool { return false }

// world is a fleet and a folder for cursors.
type world struct {
	*fleet
	url string
	dir string
}

func newWorld(t *testing.T, users int) *world {
	t.Helper()
	w := &world{fleet: &fleet{users: users, rows: map[int]int{}}, dir: t.TempDir()}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// operator returns one that waits for nothing.
func (w *world) operator(t *testing.T, out io.Writer, args ...string) *operator {
	t.Helper()
	o, err := parse(append([]string{"-local", "-endpoint", w.url, "-state", w.dir}, args...), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	l, err := o.lambda(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &operator{
		lambda: l, options: o, screen: &screen{w: out, now: time.Now}, file: store(filepath.Join(w.dir, o.name("users")+".json")), now: time.Now,
		pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func (w *world) state(t *testing.T) state {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "users-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("state files %v, %v, want one", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAJobRunsToItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1234)
	var out bytes.Buffer
	if err := w.operator(t, &out, "users").run(t.Context(), "users"); err != nil {
		t.Fatal(err)
	}
	s := w.state(t)
	if want := map[string]int{"created": 1234}; !s.Done || !maps.Equal(s.Tally, want) || len(w.rows) != 1234 {
		t.Errorf("state %+v with %d rows, want %v", s, len(w.rows), want)
	}
	for _, want := range []string{"100 %", "1,234 of 1,234", "created", "new rows", "user-3", "The report is in"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the screen lacks %q:\n%s", want, &out)
		}
	}
	if a := w.asked[0]; !strings.HasPrefix(a, "/2015-03-31/functions/entitlement-backfill/invocations AWS4-HMAC-SHA256 Credential=local/") || !strings.Contains(a, "/us-east-2/lambda/aws4_request") {
		t.Errorf("first call %s, want a signed one to the function", a)
	}
}

// TestAKilledOperatorGoesOn stops it behind each slice in turn, with the answer
// of the slice lost.
func TestAKilledOperatorGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 200)
	for n := 0; ; n++ {
		ctx, kill := context.WithCancel(t.Context())
		slices := 0
		w.broken = nil
		for range 3 {
			w.broken = append(w.broken, func(http.ResponseWriter) bool {
				if slices++; slices == 2 { // one slice is kept, the next one's answer is lost
					kill()
				}
				return false
			})
		}
		err := w.operator(t, io.Discard, "users").run(ctx, "users")
		kill()
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "goes on where it was") {
			t.Fatalf("run = %v", err)
		}
		if n > 100 {
			t.Fatal("the job does not get on")
		}
	}
	if len(w.rows) != 200 {
		t.Errorf("%d users were worked on, want 200", len(w.rows))
	}
	if s := w.state(t); !s.Done || s.seen() != 200 {
		t.Errorf("state = %+v, want 200 users, each once", s)
	}
}

func TestTroubleOnTheWay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		broken []func(http.ResponseWriter) bool
		says   string // of the error; "" ends well
	}{
		{name: "an interruption", broken: []func(http.ResponseWriter) bool{fine, failing("JOB_INTERRUPTED"), failing("JOB_INTERRUPTED")}},
		{name: "a crash of the function", broken: []func(http.ResponseWriter) bool{failing("RequestId: 1 Error: Runtime exited")}},
		{name: "Lambda throttles", broken: []func(http.ResponseWriter) bool{status(429, `{"message":"Rate Exceeded."}`), fine, status(503, `x`)}},
		{name: "a cursor that is forgotten", broken: []func(http.ResponseWriter) bool{fine, failing("CURSOR_INVALID")}},
		{name: "a cursor that is never taken", broken: []func(http.ResponseWriter) bool{fine, failing("CURSOR_INVALID"), failing("CURSOR_INVALID")}, says: "CURSOR_INVALID"},
		{name: "an outage that lasts", broken: []func(http.ResponseWriter) bool{fine, failing("X"), failing("X"), failing("X"), failing("X"), failing("X"), failing("X")}, says: "goes on where it was"},
		{name: "no such function", broken: []func(http.ResponseWriter) bool{status(404, `{"Message":"Function not found"}`)}, says: "is the stack deployed"},
		{name: "no right to invoke", broken: []func(http.ResponseWriter) bool{status(403, `{"Message":"not authorized"}`)}, says: "lambda:InvokeFunction"},
		{name: "no such job", broken: []func(http.ResponseWriter) bool{failing("JOB_UNKNOWN")}, says: "JOB_UNKNOWN"},
		{name: "an answer that is no report", broken: []func(http.ResponseWriter) bool{fine, status(200, `<html>`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 100)
			w.broken = tt.broken
			err := w.operator(t, io.Discard, "users").run(t.Context(), "users")
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("run = %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil || len(w.rows) != 100 || !w.state(t).Done || w.state(t).seen() != 100 {
				t.Errorf("run = %v, %d rows, state %+v, want 100 users", err, len(w.rows), w.state(t))
			}
		})
	}
}

// TestAFinishedJobRunsAgain catches up instead of going on.
func TestAFinishedJobRunsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	for _, want := range []map[string]int{{"created": 30}, {"there": 30}} {
		if err := w.operator(t, io.Discard, "users").run(t.Context(), "users"); err != nil {
			t.Fatal(err)
		}
		if got := w.state(t).Tally; !maps.Equal(got, want) {
			t.Errorf("tally %v, want %v", got, want)
		}
	}
}

func TestADryRunHasACursorOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	w.broken = []func(http.ResponseWriter) bool{fine, status(404, `{}`)}
	_ = w.operator(t, io.Discard, "users").run(t.Context(), "users")
	var out bytes.Buffer
	dry := w.operator(t, &out, "-dry-run", "users")
	if err := dry.run(t.Context(), "users"); err != nil {
		t.Fatal(err)
	}
	if len(w.rows) != 20 || !strings.Contains(out.String(), "nothing is written") || strings.Contains(out.String(), "goes on") {
		t.Errorf("%d rows after the dry run, want the 20 of before:\n%s", len(w.rows), &out)
	}
}

func TestRestartBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	w.broken = []func(http.ResponseWriter) bool{fine, status(404, `{}`)}
	_ = w.operator(t, io.Discard, "users").run(t.Context(), "users")
	if err := w.operator(t, io.Discard, "-restart", "users").run(t.Context(), "users"); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"created": 20, "there": 20}; !maps.Equal(w.state(t).Tally, want) {
		t.Errorf("tally %v, want %v", w.state(t).Tally, want)
	}
}

func TestADamagedFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	op := w.operator(t, io.Discard, "users")
	if err := os.WriteFile(string(op.file), []byte(`{"job":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := op.run(t.Context(), "users"); err == nil || !strings.Contains(err.Error(), "-restart") {
		t.Errorf("run = %v, want the way out", err)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"": "say what to run", "everything": `there is no job "everything"`, "users -local": "Flags stand before", "-seconds 0 users": "-seconds",
		"-seconds 900 users": "-seconds", "-stripe-per-second 500 plans": "-stripe-per-second", "-fast users": "fast",
	} {
		var trouble bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), io.Discard, &trouble); code != exitMisused || !strings.Contains(trouble.String(), want) {
			t.Errorf("migrate %s = %d, %q, want %d and %q", args, code, &trouble, exitMisused, want)
		}
	}
	if o, err := parse([]string{"all"}, io.Discard); err != nil || strings.Join(o.jobs, " ") != "users plans profiles" {
		t.Errorf("all = %v, %v", o.jobs, err)
	}
	if code := run(t.Context(), []string{"-h"}, io.Discard, io.Discard); code != exitOK {
		t.Errorf("migrate -h = %d", code)
	}
}

// TestTheWholeProgram goes through main's own path, twice for all jobs.
func TestTheWholeProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 25)
	var out, trouble bytes.Buffer
	if code := run(t.Context(), []string{"-local", "-endpoint", w.url, "-state", w.dir, "all"}, &out, &trouble); code != exitOK {
		t.Errorf("migrate all = %d: %s%s", code, &out, &trouble)
	}
	for _, path := range []string{"/entitlement-backfill/", "/profile-sync/"} {
		if !strings.Contains(strings.Join(w.asked, "\n"), path) {
			t.Errorf("%s was not invoked", path)
		}
	}
}

// TestTheBarMovesInPlace draws on a terminal.
func TestTheBarMovesInPlace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(0, 0)
	s := screen{w: &out, live: true, now: func() time.Time { return now }}
	s.begins(state{Job: "users", DryRun: true})
	now = now.Add(10 * time.Second)
	s.progress(state{Total: 100_000, Tally: map[string]int{"created": 25_000}})
	if want := "\r\x1b[K  [#######.......................]  25 %  25,000 of 100,000  2,500 a second  about 30s left"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("line = %q, want %q", out.String(), want)
	}
	s.report(state{Tally: map[string]int{"created": 1}, Total: 3}, "f")
	if !strings.Contains(out.String(), "Run this again") {
		t.Errorf("the report does not tell of users who were not seen:\n%s", &out)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestEveryOutcomeIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../pkg/migration/backfill/plans.go")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := regexp.MustCompile(`(?m)^\t\w+ += "(\w+)"`).FindAllStringSubmatch(string(text), -1)
	for _, m := range outcomes {
		if meaning(m[1]) == "" {
			t.Errorf("outcome %s means nothing to an operator", m[1])
		}
	}
	if len(outcomes) != 10 {
		t.Errorf("found %d outcomes, want ten", len(outcomes))
	}
	if errors.Is(backfill.ErrJob, backfill.ErrCursor) {
		t.Error("the jobs' errors are alike")
	}
}
