package googletest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar/googletest"
)

// ear is an address that is told, and answers as a test says.
type ear struct {
	mu     sync.Mutex
	status int
	heard  []string
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, fmt.Sprint(r.Header.Get("X-Goog-Channel-Id"), " ", r.Header.Get("X-Goog-Channel-Token"), " ", r.Header.Get("X-Goog-Resource-State"), " ", r.Header.Get("X-Goog-Message-Number")))
	w.WriteHeader(e.status)
}

// listening is a Google that tells of ada's calendar.
type listening struct {
	*site
	ear    *ear
	hook   string
	access string
}

func listen(t *testing.T) *listening {
	t.Helper()
	x := &listening{site: &site{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}, ear: &ear{status: 200}}
	hook := httptest.NewServer(x.ear)
	t.Cleanup(hook.Close)
	x.hook = hook.URL
	x.s = googletest.New(googletest.Config{Now: func() time.Time { return x.now }, HTTP: hook.Client(), PlainPush: true})
	x.web = httptest.NewServer(x.s)
	t.Cleanup(x.web.Close)
	_, text, _ := x.read(http.MethodPost, "/token", url.Values{
		"client_id": {googletest.TestClientID}, "client_secret": {googletest.TestClientSecret}, "grant_type": {"refresh_token"}, "refresh_token": {x.s.Consent(ada, scope)},
	})
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &token); err != nil {
		t.Fatal(err)
	}
	x.access = token.AccessToken
	return x
}

// post makes a call with ada's token and returns the status and the resource.
func (x *listening) post(path string, body map[string]any) (int, string) {
	x.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		x.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.web.URL+path, bytes.NewReader(text))
	if err != nil {
		x.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+x.access)
	resp, err := x.client().Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var made struct{ ResourceID string }
	_ = json.NewDecoder(resp.Body).Decode(&made) // an answer may have no body
	return resp.StatusCode, made.ResourceID
}

func (x *listening) watch(id string) string {
	x.t.Helper()
	status, resource := x.post("/calendar/v3/calendars/primary/events/watch", map[string]any{"id": id, "type": "web_hook", "address": x.hook, "token": "s1"})
	if status != http.StatusOK || resource == "" {
		x.t.Fatalf("watch: %d", status)
	}
	return resource
}

// tells delivers what waits and holds it against what should be heard, in any
// order.
func (x *listening) tells(what string, want ...string) {
	x.t.Helper()
	x.s.Deliver(x.t.Context())
	slices.Sort(x.ear.heard)
	if diff := cmp.Diff(want, x.ear.heard); diff != "" {
		x.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	x.ear.heard = nil
}

func TestChangesAreTold(t *testing.T) {
	t.Parallel()
	x := listen(t)
	resource := x.watch("c1")
	x.tells("the channel opens", "c1 s1 sync 1")
	id := x.s.Calendars.Add(ada, googletest.Meeting{Start: x.now})
	x.tells("a new meeting is told twice", "c1 s1 exists 2", "c1 s1 exists 2")
	if err := x.s.Calendars.Move(id, x.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	x.tells("a move once", "c1 s1 exists 3")
	x.s.Calendars.Add("bob@gmail.example", googletest.Meeting{Start: x.now})
	x.tells("somebody else's calendar not at all")
	if status, _ := x.page(url.Values{"email": {ada}, "do": {"cancel"}, "id": {id}}); status != http.StatusOK {
		t.Fatalf("cancel: %d", status)
	}
	if status, _ := x.post("/calendar/v3/channels/stop", map[string]any{"id": "c1", "resourceId": resource}); status != http.StatusNoContent {
		t.Errorf("stop: %d", status)
	}
	x.tells("what was sent off before the stop arrives", "c1 s1 exists 4", "c1 s1 exists 4")
	x.s.Calendars.Remove(id)
	x.tells("and nothing after it")
	x.watch("c2")
	x.s.Deliver(t.Context())
	x.ear.heard, x.now = nil, x.now.AddDate(0, 0, 7)
	x.s.Calendars.Add(ada, googletest.Meeting{Start: x.now})
	x.tells("a channel ends after a week")
}

// TestWhatFailsIsToldAgain holds Google to its word: 5xx is tried again, 404 is not.
func TestWhatFailsIsToldAgain(t *testing.T) {
	t.Parallel()
	x := listen(t)
	x.watch("c1")
	for _, status := range []int{503, 503, 404} {
		x.ear.status = status
		if got := x.s.Deliver(t.Context()); !slices.Equal(got, []int{status}) {
			t.Errorf("answered %v, want one %d", got, status)
		}
	}
	if got := x.s.Deliver(t.Context()); len(got) != 0 {
		t.Errorf("after 404: %v, want no other try", got)
	}
}

func TestWhatIsNoChannel(t *testing.T) {
	t.Parallel()
	x := listen(t)
	resource := x.watch("c1")
	const watch, stop = "/calendar/v3/calendars/primary/events/watch", "/calendar/v3/channels/stop"
	tests := []struct {
		name, path string
		body       map[string]any
		want       int
	}{
		{"an id that is taken", watch, map[string]any{"id": "c1", "type": "web_hook", "address": x.hook}, 400},
		{"an id with other letters", watch, map[string]any{"id": "c.2", "type": "web_hook", "address": x.hook}, 400},
		{"another type", watch, map[string]any{"id": "c2", "type": "mail", "address": x.hook}, 400},
		{"no address", watch, map[string]any{"id": "c2", "type": "web_hook"}, 400},
		{"no time to live", watch, map[string]any{"id": "c2", "type": "web_hook", "address": x.hook, "params": map[string]string{"ttl": "0"}}, 400},
		{"an unknown channel", stop, map[string]any{"id": "c2", "resourceId": resource}, 404},
		{"another resource", stop, map[string]any{"id": "c1", "resourceId": "r"}, 404},
	}
	for _, tt := range tests {
		if got, _ := x.post(tt.path, tt.body); got != tt.want || x.s.Listening(ada) != 1 {
			t.Errorf("%s: %d with %d channels, want %d with 1", tt.name, got, x.s.Listening(ada), tt.want)
		}
	}
	x.access = "none"
	for _, path := range []string{watch, stop} {
		if got, _ := x.post(path, map[string]any{"id": "c1", "resourceId": resource}); got != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d", path, got)
		}
	}
}

func TestRunTellsByItself(t *testing.T) {
	t.Parallel()
	heard := make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard <- struct{}{} }))
	t.Cleanup(hook.Close)
	x := listen(t)
	x.hook = hook.URL
	go x.s.Run(t.Context())
	x.watch("c1")
	<-heard
}
