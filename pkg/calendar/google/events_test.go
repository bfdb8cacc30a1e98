package google_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/fault"
)

var ten = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) // Monday, ten in New York

// agenda is a Google whose calendars a test fills, and our way to ada's.
type agenda struct {
	*googletest.Server
	events *google.Events
	access string
	clock  *clock
}

func openAgenda(t *testing.T) *agenda {
	t.Helper()
	s, o, k := open(t, googletest.Config{})
	access, _, err := o.Refresh(t.Context(), s.Consent(ada, google.Scope))
	if err != nil {
		t.Fatal(err)
	}
	return &agenda{Server: s, events: &google.Events{Base: o.TokenBase, HTTP: o.HTTP}, access: access, clock: k}
}

func (a *agenda) list(t *testing.T) ([]google.Event, error) {
	t.Helper()
	return a.events.List(t.Context(), a.access, ten, ten.AddDate(0, 0, 3))
}

func TestListReadsEventsAsTheirUserSeesThem(t *testing.T) {
	t.Parallel()
	const bob, room = "bob@gmail.example", "room-1@resource.example"
	link := "https://meet.google.com/abc-defg-hij"
	tests := []struct {
		name    string
		meeting googletest.Meeting
		want    google.Event
	}{
		{"one of her own, alone", googletest.Meeting{Title: "Focus on it"}, google.Event{Title: "Focus on it", Response: google.Accepted, Mine: true, Links: []string{"Focus on it"}}},
		{"an invitation without an answer", googletest.Meeting{Organizer: bob, Guests: []googletest.Guest{{Email: bob, Response: "accepted"}, {Email: ada}}}, google.Event{Response: google.NeedsAction, Others: true}},
		{"one she has declined", googletest.Meeting{Organizer: bob, Guests: []googletest.Guest{{Email: bob}, {Email: ada, Response: "declined"}}}, google.Event{Response: google.Declined, Others: true}},
		{"a room is nobody", googletest.Meeting{Guests: []googletest.Guest{{Email: ada, Response: "accepted"}, {Email: room, Room: true}}}, google.Event{Response: google.Accepted, Mine: true}},
		{"the conference comes first, the title last", googletest.Meeting{Conference: link, Location: "Room 1", Description: "<b>see</b>", Title: "T"}, google.Event{Title: "T", Response: google.Accepted, Mine: true, Links: []string{link, link, "Room 1", "<b>see</b>", "T"}}},
		{"a day off", googletest.Meeting{AllDay: true, Type: "outOfOffice"}, google.Event{AllDay: true, Kind: "outOfOffice", Response: google.Accepted, Mine: true}},
	}
	for _, tt := range tests {
		a := openAgenda(t)
		tt.meeting.Start = ten.Add(time.Hour)
		tt.want.ID = a.Calendars.Add(ada, tt.meeting)
		if !tt.want.AllDay {
			tt.want.Start, tt.want.End, tt.want.Kind = ten.Add(time.Hour), ten.Add(90*time.Minute), "default"
		}
		got, err := a.list(t)
		if diff := cmp.Diff([]google.Event{tt.want}, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestListTakesOccurrencesAndAllPages(t *testing.T) {
	t.Parallel()
	a := openAgenda(t)
	weekly := a.Calendars.Add(ada, googletest.Meeting{Title: "Daily", Start: ten.Add(time.Hour), Every: 24 * time.Hour, Times: 10})
	if err := a.Calendars.Cancel(weekly + "_20261124T160000Z"); err != nil {
		t.Fatal(err)
	}
	if err := a.Calendars.Move(weekly+"_20261125T160000Z", ten.Add(20*time.Hour)); err != nil {
		t.Fatal(err)
	}
	got, err := a.list(t)
	if err != nil || len(got) != 2 || got[1].ID != weekly+"_20261125T160000Z" || !got[1].Start.Equal(ten.Add(20*time.Hour)) {
		t.Errorf("List = %+v, %v, want the first occurrence and the moved one", got, err)
	}
	for i := range 600 {
		a.Calendars.Add(ada, googletest.Meeting{Title: fmt.Sprint(i), Start: ten.Add(time.Minute)})
	}
	got, err = a.list(t)
	if err != nil || len(got) != 602 || a.Calendars.Looks(ada) != 4 {
		t.Errorf("List = %d events by %d looks, %v, want 602 by 4", len(got), a.Calendars.Looks(ada), err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	t.Parallel()
	body := func(reason string) string {
		return `{"error":{"code":403,"errors":[{"domain":"usageLimits","reason":"` + reason + `"}]}}`
	}
	tests := []struct {
		name   string
		status int
		after  string
		body   string
		want   error
		wait   time.Duration
	}{
		{"an old token", 401, "", body("authError"), google.ErrToken, 0},
		{"the project's quota", 403, "", body("rateLimitExceeded"), google.ErrThrottled, 0},
		{"the user's quota", 403, "90", body("userRateLimitExceeded"), google.ErrThrottled, 90 * time.Second},
		{"the day's quota", 403, "", body("dailyLimitExceeded"), google.ErrThrottled, 0},
		{"another quota", 403, "", body("quotaExceeded"), google.ErrThrottled, 0},
		{"the newer form of a quota", 403, "", `{"error":{"details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}`, google.ErrThrottled, 0},
		{"too many requests", 429, "7", "", google.ErrThrottled, 7 * time.Second},
		{"a wait without end", 429, "999999", "", google.ErrThrottled, time.Hour},
		{"a wait before now", 429, "-5", "", google.ErrThrottled, 0},
		{"a missing scope", 403, "", body("insufficientPermissions"), calendar.ErrRevoked, 0},
		{"a missing scope in the newer form", 403, "", `{"error":{"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}`, calendar.ErrRevoked, 0},
		{"an account without a calendar", 403, "", body("notACalendarUser"), google.ErrNoCalendar, 0},
		{"no calendar", 404, "", body("notFound"), google.ErrNoCalendar, 0},
		{"an old page", 410, "", body("fullSyncRequired"), calendar.ErrGoogle, 30 * time.Second},
		{"an outage", 503, "", "<html>", calendar.ErrGoogle, 30 * time.Second},
		{"our own mistake", 400, "", body("badRequest"), calendar.ErrGoogle, 30 * time.Second},
		{"no JSON", 200, "", "<html>", calendar.ErrGoogle, 30 * time.Second},
		{"an answer without events", 200, "", "{}", nil, 0},
	}
	for _, tt := range tests {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", tt.after)
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		}))
		_, err := (&google.Events{Base: web.URL, HTTP: web.Client()}).List(t.Context(), "secret-token", ten, ten.Add(time.Hour))
		web.Close()
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: List = %v, want %v", tt.name, err, tt.want)
			continue
		}
		if err != nil && (fault.Of(err).RetryAfter != tt.wait || strings.Contains(err.Error(), "secret-token")) {
			t.Errorf("%s: error %v says to wait %s, want %s, and no token", tt.name, err, fault.Of(err).RetryAfter, tt.wait)
		}
	}
}

func TestTheStandInRefusesAsGoogleDoes(t *testing.T) {
	t.Parallel()
	a := openAgenda(t)
	a.Calendars.Limit(googletest.Quota{PerUserMinute: 2, PerMinute: 3, PerDay: 4})
	steps := []struct {
		name string
		do   func()
		want error
	}{
		{"the first", func() {}, nil},
		{"the second", func() {}, nil},
		{"the third of a user", func() {}, google.ErrThrottled},
		{"a minute later", func() { a.clock.at = a.clock.at.Add(time.Minute) }, nil},
		{"the day's last", func() {}, nil},
		{"one more on that day", func() { a.clock.at = a.clock.at.Add(time.Minute) }, google.ErrThrottled},
		{"the token has run out", func() { a.clock.at = a.clock.at.Add(12 * time.Hour) }, google.ErrToken},
		{"an outage", func() { a.Break(googletest.Fault{Match: "GET /calendar/", Times: 1, Status: 503}) }, calendar.ErrGoogle},
	}
	for _, s := range steps {
		s.do()
		if _, err := a.list(t); !errors.Is(err, s.want) {
			t.Errorf("%s: List = %v, want %v", s.name, err, s.want)
		}
	}
}

func TestAGrantWithoutTheCalendarIsNone(t *testing.T) {
	t.Parallel()
	s, o, _ := open(t, googletest.Config{})
	access, _, err := o.Refresh(t.Context(), s.Consent(ada, "openid", "email"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&google.Events{Base: o.TokenBase, HTTP: o.HTTP}).List(t.Context(), access, ten, ten.Add(time.Hour))
	if !errors.Is(err, calendar.ErrRevoked) {
		t.Errorf("List = %v, want ErrRevoked", err)
	}
}

// FuzzEvents holds that no answer of Google's, however strange, breaks the reader.
func FuzzEvents(f *testing.F) {
	f.Add(`{"items":[{"id":"a","status":"cancelled"}]}`)
	f.Add(`{"items":[{"id":"a","start":{"dateTime":"2026-11-23T10:00:00-05:00"},"end":{"date":"2026-11-24"},"attendees":[{"self":true}]}],"nextPageToken":"x"}`)
	f.Add(`{"items":[{"start":{"dateTime":"tomorrow"},"conferenceData":{"entryPoints":[{"entryPointType":"video"}]}}]}`)
	f.Add(`{"error":{"errors":[{}],"details":[{"reason":""}]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, status := range []int{http.StatusOK, http.StatusForbidden} {
			n := 0
			e := google.Events{Base: "https://g.example", HTTP: &http.Client{Transport: answers(func() *http.Response {
				n++
				w := httptest.NewRecorder()
				w.WriteHeader(status)
				_, _ = w.WriteString(body)
				return w.Result()
			})}}
			events, err := e.List(t.Context(), "token", ten, ten.Add(time.Hour))
			if err != nil && len(events) > 0 || n > 4 {
				t.Errorf("List of %q = %d events, %v by %d calls, want either, by at most 4", body, len(events), err, n)
			}
		}
	})
}

// answers is a transport that answers without a network.
type answers func() *http.Response

func (a answers) RoundTrip(*http.Request) (*http.Response, error) { return a(), nil }
