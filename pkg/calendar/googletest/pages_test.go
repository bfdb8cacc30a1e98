package googletest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/calendar/googletest"
)

// page presses a button on a calendar's page and returns the page after it.
func (x *site) page(form url.Values) (int, string) {
	x.t.Helper()
	status, text, h := x.read(http.MethodPost, "/_calendar", form)
	if status == http.StatusSeeOther {
		status, text, _ = x.read(http.MethodGet, h.Get("Location"), nil)
	}
	return status, text
}

// TestACalendarIsEditedOnItsPage does what a person does, by the forms alone.
func TestACalendarIsEditedOnItsPage(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.s.Consent(ada, scope)
	in := func() googletest.Meeting {
		all := x.s.Calendars.List(ada, x.now, x.now.Add(100*time.Hour))
		if len(all) != 1 {
			t.Fatalf("%d meetings, want 1", len(all))
		}
		return all[0]
	}
	steps := []struct {
		form  url.Values
		shows string
		holds func(googletest.Meeting) bool
	}{
		{
			url.Values{"do": {"add"}, "title": {"Planning <1>"}, "start": {"2026-11-21T15:30"}, "link": {" https://meet.google.com/abc-defg-hij "}, "organizer": {"boss@example.com"}, "guests": {"grace@example.com, max@example.com"}},
			"Planning &lt;1&gt;",
			func(m googletest.Meeting) bool {
				return m.Start.Equal(x.now.Add(210*time.Minute)) && m.Conference == "https://meet.google.com/abc-defg-hij" && len(m.Guests) == 4 && m.Organizer == "boss@example.com" && m.Response(ada) == googletest.NeedsAction
			},
		},
		{url.Values{"do": {"accepted"}}, "you: accepted", func(m googletest.Meeting) bool { return m.Response(ada) == googletest.Accepted }},
		{url.Values{"do": {"tentative"}}, "you: tentative", func(m googletest.Meeting) bool { return m.Response(ada) == googletest.Tentative }},
		{url.Values{"do": {"declined"}}, "you: declined", func(m googletest.Meeting) bool { return m.Response(ada) == googletest.Declined }},
		{url.Values{"do": {"move"}, "start": {"2026-11-22T09:00"}}, `value="2026-11-22T09:00"`, func(m googletest.Meeting) bool { return m.Start.Equal(x.now.Add(21 * time.Hour)) }},
		{url.Values{"do": {"cancel"}}, "(cancelled)", func(m googletest.Meeting) bool { return m.Cancelled }},
		{url.Values{"do": {"restore"}}, "Restored.", func(m googletest.Meeting) bool { return !m.Cancelled }},
		{url.Values{"do": {"end-access"}}, "no access any more", func(googletest.Meeting) bool { return len(x.s.Granted()) == 0 }},
	}
	for _, step := range steps {
		step.form.Set("email", ada)
		if step.form.Get("do") != "add" {
			step.form.Set("id", in().ID)
		}
		status, text := x.page(step.form)
		if status != http.StatusOK || !strings.Contains(text, step.shows) || !step.holds(in()) {
			t.Errorf("%s: %d, the calendar holds %+v, want the page to show %q", step.form.Get("do"), status, in(), step.shows)
		}
	}
}

func TestThePageSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	x := open(t)
	for _, form := range []url.Values{
		{"do": {"add"}, "start": {"tomorrow"}}, {"do": {"move"}, "start": {"2026-11-22T09:00"}, "id": {"none"}}, {"do": {"move"}, "start": {""}},
		{"do": {"cancel"}, "id": {"none"}}, {"do": {"dance"}}, {},
	} {
		form.Set("email", ada)
		if status, text := x.page(form); status != http.StatusBadRequest || !strings.Contains(text, `role="alert"`) {
			t.Errorf("%v: %d", form, status)
		}
	}
}

func TestTheFirstPageLeadsToEveryCalendar(t *testing.T) {
	t.Parallel()
	x := open(t)
	if status, text, _ := x.read(http.MethodGet, "/", nil); status != http.StatusOK || !strings.Contains(text, "None yet") {
		t.Errorf("at first: %d %s", status, text)
	}
	x.s.Consent(ada, scope)
	_, text, _ := x.read(http.MethodGet, "/", nil)
	if !strings.Contains(text, `href="/_calendar?email=ada%40gmail.example"`) {
		t.Errorf("the page leads to no calendar: %s", text)
	}
	if status, text, _ := x.read(http.MethodGet, "/_calendar?email="+url.QueryEscape(ada), nil); status != http.StatusOK || !strings.Contains(text, "Nothing in the next two weeks.") || !strings.Contains(text, "Remove access") {
		t.Errorf("the calendar: %d %s", status, text)
	}
}

func TestTroubleStrikesAsOftenAsSaid(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.s.Break(googletest.Fault{Match: "POST /token", Times: 2, Status: 503})
	for n, want := range []int{503, 503, 400} {
		if status, _, _ := x.read(http.MethodPost, "/token", url.Values{"client_id": {googletest.TestClientID}, "client_secret": {googletest.TestClientSecret}}); status != want {
			t.Errorf("call %d: %d, want %d", n+1, status, want)
		}
	}
	x.s.Break(googletest.Fault{Match: "POST /"})
	resp, err := x.client().PostForm(x.web.URL+"/token", nil)
	if err == nil {
		_ = resp.Body.Close()
		t.Errorf("a call that is hung up on is answered %d", resp.StatusCode)
	}
	x.s.Calm()
	if status, _, _ := x.read(http.MethodGet, "/", nil); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
	if calls := x.s.Calls(); len(calls) < 5 || calls[0] != "POST /token" {
		t.Errorf("calls = %q", calls)
	}
}
