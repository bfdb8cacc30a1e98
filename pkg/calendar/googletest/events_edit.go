package googletest

import (
	"fmt"
	"slices"
	"time"
)

// Edit changes the event or the occurrence called id. A series that gets another
// rhythm or another start forgets what its occurrences had of their own.
func (c *Calendars) Edit(id string, change func(*Meeting)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.find(id)
	if err != nil {
		return err
	}
	was := *m
	change(m)
	m.ID, m.UID, m.Series, m.Original, m.Updated = was.ID, was.UID, was.Series, was.Original, c.now()
	if e, ok := c.events[id]; ok && (!m.Start.Equal(was.Start) || m.Every != was.Every) {
		clear(e.changed)
	}
	was.Guests = slices.Concat(was.Guests, m.Guests) // who is no guest any more is told, too
	c.tell(was)
	return nil
}

// Move gives an event, an occurrence or a whole series another start.
func (c *Calendars) Move(id string, start time.Time) error {
	return c.Edit(id, func(m *Meeting) { m.Start = start })
}

// Cancel takes an event out of everybody's calendar. Google goes on to list it,
// by its id alone, for those who ask for deleted ones.
func (c *Calendars) Cancel(id string) error {
	return c.Edit(id, func(m *Meeting) { m.Cancelled = true })
}

// Restore brings a cancelled event back.
func (c *Calendars) Restore(id string) error {
	return c.Edit(id, func(m *Meeting) { m.Cancelled = false })
}

// Respond is the answer of a guest.
func (c *Calendars) Respond(email, id, response string) error {
	return c.Edit(id, func(m *Meeting) {
		m.Guests = slices.Clone(m.Guests)
		for i := range m.Guests {
			if m.Guests[i].Email == email {
				m.Guests[i].Response = response
				return
			}
		}
		m.Guests = append(m.Guests, Guest{Email: email, Response: response})
	})
}

// Decline is a guest's no.
func (c *Calendars) Decline(email, id string) error { return c.Respond(email, id, Declined) }

// Invite adds guests, who have not answered yet.
func (c *Calendars) Invite(id string, emails ...string) error {
	return c.Edit(id, func(m *Meeting) {
		m.Guests = slices.Clone(m.Guests)
		for _, email := range emails {
			m.Guests = append(m.Guests, Guest{Email: email, Response: NeedsAction})
		}
	})
}

// Remove erases an event: Google does not know it any more.
func (c *Calendars) Remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.events[id]; ok {
		c.tell(e.Meeting)
	}
	delete(c.events, id)
}

// Copy makes another event of the same content, as "duplicate" does: it has ids
// of its own and the same link.
func (c *Calendars) Copy(id string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.find(id)
	if err != nil {
		return "", err
	}
	twin := m.clone()
	twin.UID, twin.Series, twin.Original = "", "", time.Time{}
	return c.add(twin), nil
}

// Following moves an occurrence and all after it, which is what "this and
// following events" does: the series ends before it, and the rest is a series
// with another id.
func (c *Calendars) Following(id string, by time.Duration) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, at, err := c.series(id)
	if err != nil {
		return "", fmt.Errorf("this and following: %w", err)
	}
	before := int(at.Sub(e.Start) / e.Every)
	rest := e.clone()
	rest.UID, rest.Start, rest.Times = e.UID, at.Add(by), e.Times-before
	e.Times = before
	for id, m := range e.changed {
		if !m.Original.Before(at) {
			delete(e.changed, id)
		}
	}
	e.Updated = c.now()
	return c.add(rest), nil
}
