package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
)

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
