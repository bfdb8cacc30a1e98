package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
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
