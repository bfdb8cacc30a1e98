package console_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/runtimeapi"
)

// fakes stand behind the page's buttons and remember what was pressed.
type fakes struct {
	pressed []string
	due     []feeds.Due
	queues  []console.Queue
	alive   []feeds.Event
	dead    []feeds.Event
	pools   []runtimeapi.Pool
}

type schedules struct{ *fakes }

func (f schedules) List() []feeds.Due { return f.due }

func (f schedules) RunNow(name string) error {
	switch name {
	case "none":
		return feeds.ErrNoSchedule
	case "busy":
		return feeds.ErrBusy
	}
	f.pressed = append(f.pressed, "run "+name)
	return nil
}

type queueFakes struct{ *fakes }

func (f queueFakes) List() []console.Queue { return f.queues }

func (f queueFakes) Redrive(name string) (int, error) {
	f.pressed = append(f.pressed, "redrive queue "+name)
	return 1, nil
}

func (f queueFakes) Purge(name string) (int, error) {
	if name == "none" {
		return 0, errors.New("there is no queue of this name")
	}
	f.pressed = append(f.pressed, "purge queue "+name)
	return 1, nil
}

type async struct{ *fakes }

func (f async) Alive() []feeds.Event { return f.alive }
func (f async) Dead() []feeds.Event  { return f.dead }

func (f async) Redrive(name string) (int, error) {
	f.pressed = append(f.pressed, "redrive events "+name)
	return 1, nil
}

func (f async) Purge(name string) []feeds.Event {
	f.pressed = append(f.pressed, "purge events "+name)
	return nil
}

// noon is when the tests look at the page.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local) }

// open makes a console of a small fleet.
func open(f *fakes) (*console.Console, *console.Recorder) {
	r := console.NewRecorder()
	return console.New(console.Options{
		Functions: []console.Function{
			{Name: "pre-signup", Does: "refuses a sign-up without the terms", Trigger: "Cognito PreSignUp"},
			{Name: "profile-get", Does: "answers the caller's profile", Trigger: "GET /api/profile"},
		},
		Addresses: []console.Address{{Name: "edge", URL: "http://localhost:8787", What: "the site"}, {Name: "aws", URL: "http://localhost:4566", What: "AWS"}},
		ClientID:  "client1", Recorder: r, Now: noon, Pools: func() []runtimeapi.Pool { return f.pools },
		Schedules: schedules{f}, Queues: queueFakes{f}, Async: async{f},
	}), r
}

// get reads a page.
func get(t *testing.T, h http.Handler, path string) (int, string, http.Header) {
	t.Helper()
	return do(t, h, http.MethodGet, path, nil)
}

func do(t *testing.T, h http.Handler, method, path string, header http.Header) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost:8787"+path, nil)
	for name, v := range header {
		r.Header[name] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body), w.Result().Header
}

// ended is an invocation that took d.
func ended(function, id string, d time.Duration, outcome runtimeapi.Outcome) runtimeapi.Event {
	e := runtimeapi.Event{Function: function, RequestID: id, Outcome: outcome, Start: noon(), Duration: d}
	if outcome != runtimeapi.OK {
		e.ErrorType, e.Error = "errorString", "it <broke>"
	}
	return e
}

// wants reports which of the texts a page lacks.
func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range slices.DeleteFunc(texts, func(s string) bool { return strings.Contains(page, s) }) {
		t.Errorf("the page lacks %q:\n%s", text, page)
	}
}
