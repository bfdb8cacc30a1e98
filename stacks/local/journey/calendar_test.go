package journey_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// The user whose calendar it is, and another one.
const (
	diarist  = "0a5c0000-0000-4000-8000-000000000051"
	neighbor = "0a5c0000-0000-4000-8000-000000000052"
	gmail    = "dee@gmail.example"
	// calendarScope is what must be ticked on the consent page.
	calendarScope = "https://www.googleapis.com/auth/calendar.events.readonly"
)

// visit is a browser's way to Google and back.
type visit struct {
	l      *local
	google string       // where it consents
	cookie *http.Cookie // that ties it to the attempt
}

// consents goes to where a calendar is connected.
func (l *local) consents(token string) (visit, error) {
	a := l.call(http.MethodGet, "/api/calendar/oauth-start", token, nil)
	if err := statusOf(a, http.StatusOK); err != nil {
		return visit{}, err
	}
	set := (&http.Response{Header: a.Header}).Cookies()
	if len(set) != 1 || !set[0].HttpOnly || set[0].SameSite != http.SameSiteLaxMode {
		return visit{}, fmt.Errorf("the cookies are %v, want one that no script sees", set)
	}
	return visit{l, a.field("url"), set[0]}, nil
}

// decide fills in the consent page and returns where Google sends the browser.
func (v visit) decide(d googletest.Decision) (*url.URL, error) {
	return googletest.Decide(v.l.http, v.google, d)
}

// come takes the browser, with its cookie, to an address, and returns where that
// leads and what it tells the page.
func (v visit) come(to *url.URL) (page string, told url.Values, err error) {
	req, err := http.NewRequestWithContext(v.l.t.Context(), http.MethodGet, to.String(), nil)
	if err != nil {
		return "", nil, err
	}
	if v.cookie != nil {
		req.AddCookie(&http.Cookie{Name: v.cookie.Name, Value: v.cookie.Value})
	}
	stay := *v.l.http
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := stay.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	at, err := resp.Location()
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		return "", nil, fmt.Errorf("the callback answered %d: %w", resp.StatusCode, err)
	}
	told, at.RawQuery = at.Query(), ""
	return at.String(), told, nil
}

// connect connects a calendar the whole way.
func (l *local) connect(token, email string) error {
	v, err := l.consents(token)
	if err != nil {
		return err
	}
	to, err := v.decide(googletest.Decision{Email: email})
	if err != nil {
		return err
	}
	page, told, err := v.come(to)
	if err != nil || page != l.URL("edge")+"/calendar" || told.Encode() != "calendar=connected" {
		return fmt.Errorf("the browser ends at %s with %v: %w", page, told, err)
	}
	return nil
}

// calendar reads a user's connection, or changes it first.
func (l *local) calendar(token, change string) (v calendar.View, err error) {
	a := l.call(http.MethodGet, "/api/calendar", token, nil)
	if change != "" {
		a = l.call(http.MethodPatch, "/api/calendar", token, strings.NewReader(change))
	}
	if err := statusOf(a, http.StatusOK); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(a.Body), &v)
}

// looks makes the diarist's connection due, runs the poll and waits until the
// calendar was looked at: that changes the row's version.
func (l *local) looks(token string) (calendar.View, error) {
	if _, err := l.calendar(token, `{}`); err != nil {
		return calendar.View{}, err
	}
	before := l.version()
	if _, err := l.Host.Invoke(l.t.Context(), "calendar-poll", []byte(`{}`)); err != nil {
		return calendar.View{}, err
	}
	l.wait("a look at the calendar", func() bool { return l.version() > before })
	l.settled()
	return l.calendar(token, "")
}

// version is that of the diarist's connection.
func (l *local) version() int64 {
	l.t.Helper()
	rows := l.rows("calendar_connections", diarist)
	if len(rows) != 1 {
		l.t.Fatalf("%d connections, want 1", len(rows))
	}
	return calendar.ConnectionOf(diarist, rows[0]).Version
}

// live lists the bots that are in a meeting or will be, by when they join.
func (l *local) live() (at []time.Time) {
	for _, b := range l.Recall.Bots() {
		if b.Live() {
			at = append(at, b.JoinAt.UTC())
		}
	}
	return at
}

// follows is nil when the calendar shows one meeting with this bot, and Recall has
// one bot for its start, or none.
func (l *local) follows(token string, bot calendar.Bot, start time.Time) error {
	v, err := l.looks(token)
	if err != nil {
		return err
	}
	live := l.live()
	if len(v.Upcoming) != 1 || v.Upcoming[0].Bot != bot || !v.Upcoming[0].Start.Equal(start) {
		return fmt.Errorf("upcoming is %+v, want one %s at %v", v.Upcoming, bot, start)
	}
	if comes := bot == calendar.Scheduled; len(live) > 1 || comes != (len(live) == 1) || comes && !live[0].Equal(start) {
		return fmt.Errorf("Recall has bots at %v", live)
	}
	return nil
}

// TestACalendarIsFollowed connects a calendar, lets the bot follow what happens
// in it, sits through a meeting of it and asks about that.
func TestACalendarIsFollowed(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, nil), newSteps(t)
	token := l.subscriber(diarist, 0)
	start := time.Now().UTC().Truncate(time.Minute).Add(2 * time.Hour)
	later := start.Add(time.Hour)
	add := func(at time.Time) string {
		return l.Google.Calendars.Add(gmail, googletest.Meeting{
			Title: "Planning", Start: at, Description: `<a href="https://zoom.us/j/84335626851?pwd=a1B2">Join</a>`,
		})
	}
	var meeting string
	s.check("no calendar is connected", func() error {
		if v, err := l.calendar(token, ""); err != nil || v.Connected || v.State != calendar.None {
			return fmt.Errorf("%+v, %w", v, err)
		}
		return nil
	})
	s.check("connect it", func() error { return l.connect(token, gmail) })
	s.check("it joins nothing by itself", func() error {
		meeting = add(start)
		return l.follows(token, calendar.NoBot, start)
	})
	s.check("until one says so: the bot is scheduled", func() error {
		if v, err := l.calendar(token, `{"auto_join":true,"bot_name":"Dee's notes"}`); err != nil || !v.AutoJoin {
			return fmt.Errorf("%+v, %w", v, err)
		}
		return l.follows(token, calendar.Scheduled, start)
	})
	s.check("it has the name that was chosen", func() error {
		if all := l.Recall.Bots(); all[len(all)-1].Name != "Dee's notes" {
			return fmt.Errorf("the bot is called %q", all[len(all)-1].Name)
		}
		return nil
	})
	s.check("the meeting is moved: so is the bot", func() error {
		return errors.Join(l.Google.Calendars.Move(meeting, later), l.follows(token, calendar.Scheduled, later))
	})
	s.check("skip it: the bot is gone at once", func() error {
		v, err := l.calendar(token, `{"skip":{"`+meeting+`":true}}`)
		if err != nil || v.Upcoming[0].Bot != calendar.Skipped || len(l.live()) != 0 {
			return fmt.Errorf("%+v and bots at %v, %w", v.Upcoming, l.live(), err)
		}
		return nil
	})
	s.check("and no look at the calendar brings it back", func() error { return l.follows(token, calendar.Skipped, later) })
	s.check("not skip it after all", func() error {
		if v, err := l.calendar(token, `{"skip":{"`+meeting+`":false}}`); err != nil || v.Upcoming[0].Bot == calendar.Skipped {
			return fmt.Errorf("%+v, %w", v.Upcoming, err)
		}
		return l.follows(token, calendar.Scheduled, later)
	})
	s.check("the meeting is cancelled: the bot is, too", func() error {
		if err := l.Google.Calendars.Cancel(meeting); err != nil {
			return err
		}
		if v, err := l.looks(token); err != nil || len(v.Upcoming) != 0 || len(l.live()) != 0 {
			return fmt.Errorf("upcoming is %+v, bots at %v, %w", v.Upcoming, l.live(), err)
		}
		return nil
	})
	l.sitsThrough(s, token, add)
	s.check("disconnect: the access and the bots go", func() error { return l.disconnects(token, add) })
}

// sitsThrough has a meeting begin now: the bot joins, what is said arrives, and a
// question about it is answered.
func (l *local) sitsThrough(s *steps, token string, add func(time.Time) string) {
	l.t.Helper()
	var bot string
	s.check("a meeting begins: the bot joins", func() error {
		add(time.Now().UTC().Truncate(time.Minute))
		if _, err := l.looks(token); err != nil {
			return err
		}
		var list struct{ Bots []notetaker.View }
		a := l.call(http.MethodGet, "/api/recall/bots", token, nil)
		if err := json.Unmarshal([]byte(a.Body), &list); err != nil {
			return err
		}
		for _, b := range list.Bots {
			if at, err := time.Parse(time.RFC3339, b.JoinAt); err == nil && b.Source == notetaker.Calendar && at.Before(time.Now()) {
				bot = b.BotID
				return nil
			}
		}
		return fmt.Errorf("no bot of the calendar's is on its way: %s", a.Body)
	})
	var said []notetaker.Utterance
	s.do("read along while people talk", func() { said, _ = l.transcript(token, bot, 0, 3) })
	s.check("the transcript is whole", func() error {
		rest, _ := l.transcript(token, bot, said[len(said)-1].Seq, len(recalltest.Standup())-len(said))
		if n := len(said) + len(rest); n != len(recalltest.Standup()) {
			return fmt.Errorf("%d things were said, want %d", n, len(recalltest.Standup()))
		}
		return nil
	})
	s.check("ask about it: the model is given the call", func() error {
		if err := statusOf(l.about(token, bot), http.StatusOK); err != nil {
			return err
		}
		given, err := l.askedWith(1)
		if err != nil {
			return err
		}
		return spoken(given, len(recalltest.Standup()))
	})
}

// disconnects ends the connection while a bot is scheduled.
func (l *local) disconnects(token string, add func(time.Time) string) error {
	start := time.Now().UTC().Truncate(time.Minute).Add(5 * time.Hour)
	add(start)
	if _, err := l.looks(token); err != nil {
		return err
	}
	scheduled := func() (n int) {
		for _, at := range l.live() {
			if at.Equal(start) {
				n++
			}
		}
		return n
	}
	if scheduled() != 1 {
		return fmt.Errorf("bots at %v, want one at %v", l.live(), start)
	}
	a := l.call(http.MethodDelete, "/api/calendar", token, nil)
	if err := statusOf(a, http.StatusOK); err != nil || a.field("state") != "none" {
		return fmt.Errorf("answered %s, %w", a.Body, err)
	}
	if scheduled() != 0 || len(l.Google.Granted()) != 0 || len(l.rows("calendar_connections", diarist)) != 0 {
		return fmt.Errorf("left are bots at %v, the grants of %v and %d rows", l.live(), l.Google.Granted(), len(l.rows("calendar_connections", diarist)))
	}
	return nil
}

// TestWhatDoesNotConnectACalendar is what people, and those who mean them harm, do
// on the way to Google and back.
func TestWhatDoesNotConnectACalendar(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, nil), newSteps(t)
	token, other := l.subscriber(diarist, 0), l.subscriber(neighbor, 0)
	tests := []struct {
		what   string
		decide googletest.Decision
		spoil  func(v *visit, to *url.URL) error
		told   string
	}{
		{what: "saying no", decide: googletest.Decision{Email: gmail, Deny: true}, told: "calendar=denied"},
		{what: "not ticking the calendar", decide: googletest.Decision{Email: gmail, Untick: []string{calendarScope}}, told: "calendar=error&code=CALENDAR_SCOPE_MISSING"},
		{what: "another state", spoil: func(_ *visit, to *url.URL) error {
			q := to.Query()
			q.Set("state", strings.Repeat("A", 43))
			to.RawQuery = q.Encode()
			return nil
		}, told: "calendar=error&code=CALENDAR_STATE_INVALID"},
		{what: "a browser that did not begin it", spoil: func(v *visit, _ *url.URL) error { v.cookie = nil; return nil }, told: "calendar=error&code=CALENDAR_STATE_INVALID"},
		{what: "another user's browser", spoil: func(v *visit, _ *url.URL) error {
			theirs, err := l.consents(other)
			v.cookie = theirs.cookie
			return err
		}, told: "calendar=error&code=CALENDAR_STATE_INVALID"},
		{what: "words that belong on no page", spoil: func(_ *visit, to *url.URL) error {
			to.RawQuery = url.Values{"state": {to.Query().Get("state")}, "error": {`<script>alert("x")</script>`}}.Encode()
			return nil
		}, told: "calendar=error&code=CALENDAR_NOT_GRANTED"},
	}
	for _, tt := range tests {
		s.check(tt.what+" does not connect", func() error {
			v, err := l.consents(token)
			if err != nil {
				return err
			}
			if tt.decide.Email == "" {
				tt.decide.Email = gmail
			}
			to, err := v.decide(tt.decide)
			if err == nil && tt.spoil != nil {
				err = tt.spoil(&v, to)
			}
			if err != nil {
				return err
			}
			return l.unconnected(v, to, tt.told)
		})
	}
	s.check("a way back that was taken leads nowhere", func() error { return l.replays(token) })
}

// unconnected is nil when the browser is told so and nobody has a connection.
func (l *local) unconnected(v visit, to *url.URL, want string) error {
	page, told, err := v.come(to)
	if err != nil {
		return err
	}
	if page != l.URL("edge")+"/calendar" || told.Encode() != want {
		return fmt.Errorf("the browser ends at %s with %s, want %s", page, told.Encode(), want)
	}
	for _, sub := range []string{diarist, neighbor} {
		if n := len(l.rows("calendar_connections", sub)); n != 0 {
			return fmt.Errorf("%s has %d connections", sub, n)
		}
	}
	return nil
}

// replays takes one way back twice.
func (l *local) replays(token string) error {
	v, err := l.consents(token)
	if err != nil {
		return err
	}
	to, err := v.decide(googletest.Decision{Email: gmail})
	if err != nil {
		return err
	}
	for _, want := range []string{"calendar=connected", "calendar=error&code=CALENDAR_STATE_INVALID"} {
		if _, told, err := v.come(to); err != nil || told.Encode() != want {
			return fmt.Errorf("the browser is told %s, want %s: %w", told.Encode(), want, err)
		}
	}
	return nil
}
