package googletest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// shown is how far ahead and back the calendar's page looks.
	shown = 14 * 24 * time.Hour
	// minute is how a browser's date field writes a time.
	minute = "2006-01-02T15:04"
)

// What a person may have got wrong.
var (
	errStart = errors.New("the start must be like 2026-11-21T15:30, in UTC")
	errDo    = errors.New("this page cannot do")
)

// home lists the accounts that have connected, and leads to any calendar.
func (s *Server) home(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "home", struct {
		Title    string
		Accounts []string
	}{"The pretend Google", s.Granted()})
}

// calendarPage is what the template of a calendar shows.
type calendarPage struct {
	Title, Email, Done, Error, Soon string
	Meetings                        []meetingRow
	Connected                       bool
}

type meetingRow struct {
	ID, Title, Start, Length, Link, Organizer, Response string
	Guests                                              []Guest
	Cancelled                                           bool
}

// calendar shows an account's calendar.
func (s *Server) calendar(w http.ResponseWriter, r *http.Request) {
	s.showCalendar(w, http.StatusOK, r.URL.Query().Get("email"), r.URL.Query().Get("done"), "")
}

func (s *Server) showCalendar(w http.ResponseWriter, status int, email, done, problem string) {
	now := s.cfg.Now().UTC()
	p := calendarPage{Title: "Calendar of " + email, Email: email, Done: done, Error: problem, Soon: now.Add(15 * time.Minute).Format(minute)}
	for _, account := range s.Granted() {
		p.Connected = p.Connected || account == email
	}
	for _, m := range s.Calendars.List(email, now.Add(-time.Hour), now.Add(shown)) {
		p.Meetings = append(p.Meetings, meetingRow{
			ID: m.ID, Title: m.Title, Start: m.Start.UTC().Format(minute), Length: m.End().Sub(m.Start).String(), Link: m.Conference,
			Organizer: m.Organizer, Response: m.Response(email), Guests: m.Guests, Cancelled: m.Cancelled,
		})
	}
	s.render(w, status, "calendar", p)
}

// edit changes a calendar as its person does in Google's.
func (s *Server) edit(w http.ResponseWriter, r *http.Request) {
	email := r.PostFormValue("email")
	done, err := s.change(email, r.PostForm)
	if err != nil {
		s.showCalendar(w, http.StatusBadRequest, email, "", err.Error())
		return
	}
	http.Redirect(w, r, "/_calendar?"+url.Values{"email": {email}, "done": {done}}.Encode(), http.StatusSeeOther)
}

func (s *Server) change(email string, form url.Values) (done string, err error) {
	id := form.Get("id")
	switch form.Get("do") {
	case "add":
		return s.addMeeting(email, form)
	case "move":
		start, err := time.Parse(minute, form.Get("start"))
		if err != nil {
			return "", errStart
		}
		return "Moved.", s.Calendars.Move(id, start)
	case "cancel":
		return "Cancelled.", s.Calendars.Cancel(id)
	case "restore":
		return "Restored.", s.Calendars.Restore(id)
	case Accepted, Declined, Tentative:
		return "Answered.", s.Calendars.Respond(email, id, form.Get("do"))
	case "end-access":
		s.EndAccess(email)
		return "Call Analyst has no access any more.", nil
	}
	return "", fmt.Errorf("%w %q", errDo, form.Get("do"))
}

func (s *Server) addMeeting(email string, form url.Values) (string, error) {
	start, err := time.Parse(minute, form.Get("start"))
	if err != nil {
		return "", errStart
	}
	m := Meeting{Title: form.Get("title"), Start: start, Length: 30 * time.Minute, Conference: strings.TrimSpace(form.Get("link"))}
	if by := strings.TrimSpace(form.Get("organizer")); by != "" {
		m.Organizer = by
		m.Guests = append(m.Guests, Guest{Email: by, Response: Accepted}, Guest{Email: email, Response: NeedsAction})
	}
	for guest := range strings.FieldsFuncSeq(form.Get("guests"), func(r rune) bool { return r == ',' || r == ' ' }) {
		if len(m.Guests) == 0 {
			m.Guests = append(m.Guests, Guest{Email: email, Response: Accepted})
		}
		m.Guests = append(m.Guests, Guest{Email: guest, Response: NeedsAction})
	}
	return "Added " + s.Calendars.Add(email, m) + ".", nil
}
