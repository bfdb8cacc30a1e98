// Package googletest stands in for Google: its consent page and tokens, its
// calendars, which tests and people edit, and the events API over them. It has
// state and a clock, and refuses what the real one refuses.
package googletest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNoEvent reports an event that no calendar holds.
var ErrNoEvent = errors.New("googletest: no such event")

// The answers of a guest to an invitation.
const (
	Accepted    = "accepted"
	Declined    = "declined"
	Tentative   = "tentative"
	NeedsAction = "needsAction"
)

// Guest is one who is invited. The organizer is a guest too, as in Google, once
// there are others.
type Guest struct {
	Email    string
	Response string // one of the four answers; "" means NeedsAction
	Room     bool   // a room or a device, not a person
}

// Meeting is one event, or a series of them. It is in the calendar of its
// organizer and of every guest, under one id.
type Meeting struct {
	ID          string // made by Add
	UID         string // iCalUID: one for a whole series; made by Add
	Title       string
	Description string // HTML, as Google's editor writes it
	Location    string
	Conference  string // the link of its conference data; "" for none
	Start       time.Time
	Length      time.Duration // zero means half an hour
	AllDay      bool
	Type        string // eventType; "" means default
	Organizer   string // e-mail
	Guests      []Guest
	Every       time.Duration // between the starts of a series; zero for a single event
	Times       int           // how many there are in the series
	Cancelled   bool

	Series   string    // of an occurrence: the id of its series
	Original time.Time // of an occurrence: where its series puts it
	Updated  time.Time
}

// End is when the meeting is over.
func (m Meeting) End() time.Time {
	switch {
	case m.AllDay:
		return m.Start.AddDate(0, 0, 1)
	case m.Length == 0:
		return m.Start.Add(30 * time.Minute)
	}
	return m.Start.Add(m.Length)
}

// In reports whether the meeting is in the calendar of email.
func (m Meeting) In(email string) bool {
	return m.Organizer == email || slices.ContainsFunc(m.Guests, func(g Guest) bool { return g.Email == email })
}

// Response is what email has answered: the organizer of a meeting without guests
// has accepted it.
func (m Meeting) Response(email string) string {
	for _, g := range m.Guests {
		if g.Email == email && g.Response != "" {
			return g.Response
		}
		if g.Email == email {
			return NeedsAction
		}
	}
	return Accepted
}

func (m Meeting) clone() Meeting {
	m.Guests = slices.Clone(m.Guests)
	return m
}

// Calendars holds the calendars of everybody. It is safe for concurrent use.
// Make it with NewCalendars.
type Calendars struct {
	now     func() time.Time
	changed func(Meeting) // told of every change, under the lock; may be nil

	mu     sync.Mutex
	serial int
	events map[string]*entry
	meter  meter
}

// entry is an event, and of a series also the occurrences that differ from it.
type entry struct {
	Meeting
	changed map[string]*Meeting
}

// NewCalendars returns calendars with nothing in them.
func NewCalendars(now func() time.Time) *Calendars {
	return &Calendars{now: now, events: map[string]*entry{}}
}

// Add puts a meeting into the calendars of its organizer and its guests and
// returns its id. Without an organizer it is email's own.
func (c *Calendars) Add(email string, m Meeting) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.Organizer == "" {
		m.Organizer = email
	}
	return c.add(m.clone())
}

func (c *Calendars) add(m Meeting) string {
	c.serial++
	m.ID = fmt.Sprintf("event%08d", c.serial) // base32hex, as Google's are
	if m.UID == "" {
		m.UID = m.ID + "@google.com"
	}
	m.Updated = c.now()
	c.events[m.ID] = &entry{Meeting: m, changed: map[string]*Meeting{}}
	c.tell(m)
	return m.ID
}

func (c *Calendars) tell(m Meeting) {
	if c.changed != nil {
		c.changed(m)
	}
}

// occurrenceTime is how an occurrence's id ends.
const occurrenceTime = "20060102T150405Z"

// occurrences lists a series' events, each as it is now; of a single event that
// event. An occurrence keeps its id wherever it is moved.
func (e *entry) occurrences() []Meeting {
	if e.Every == 0 {
		return []Meeting{e.clone()}
	}
	var out []Meeting
	for k := range e.Times {
		out = append(out, e.occurrence(e.Start.Add(time.Duration(k)*e.Every)))
	}
	return out
}

func (e *entry) occurrence(at time.Time) Meeting {
	id := e.ID + "_" + at.UTC().Format(occurrenceTime)
	if m, ok := e.changed[id]; ok {
		return m.clone()
	}
	m := e.clone()
	m.ID, m.Series, m.Original, m.Start, m.Every, m.Times = id, e.ID, at, at, 0, 0
	return m
}

// find returns the event or the occurrence called id, to be changed.
func (c *Calendars) find(id string) (*Meeting, error) {
	if e, ok := c.events[id]; ok {
		return &e.Meeting, nil
	}
	e, at, err := c.series(id)
	if err != nil {
		return nil, err
	}
	if m, ok := e.changed[id]; ok {
		return m, nil
	}
	m := e.occurrence(at)
	e.changed[id] = &m
	return &m, nil
}

// series returns the series that the occurrence called id is of, and where it
// puts it.
func (c *Calendars) series(id string) (*entry, time.Time, error) {
	base, at, _ := strings.Cut(id, "_")
	e, ok := c.events[base]
	if !ok {
		return nil, time.Time{}, fmt.Errorf("%w: %s", ErrNoEvent, id)
	}
	for _, m := range e.occurrences() {
		if m.ID == id && at != "" {
			return e, m.Original, nil
		}
	}
	return nil, time.Time{}, fmt.Errorf("%w: %s", ErrNoEvent, id)
}

// List returns the meetings of email that end after from and start before to, in
// the order of their starts. Cancelled ones are among them.
func (c *Calendars) List(email string, from, to time.Time) []Meeting {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Meeting
	for _, id := range slices.Sorted(maps.Keys(c.events)) {
		for _, m := range c.events[id].occurrences() {
			if m.In(email) && m.End().After(from) && m.Start.Before(to) {
				out = append(out, m)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Meeting) int { return a.Start.Compare(b.Start) })
	return out
}
