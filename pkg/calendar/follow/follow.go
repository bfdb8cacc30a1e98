package follow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/pace"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/link"
)

const (
	// turn is how long a connection is one poll's once it calls for bots: until
	// then no other poll of it looks. work is what is left of it for the calls.
	turn = 50 * time.Second
	work = 40 * time.Second
)

// Bots is what a Follower asks for. notetaker.Dispatcher is one.
type Bots interface {
	Want(ctx context.Context, w notetaker.Wish) (notetaker.Placed, error)
	Leave(ctx context.Context, sub string, l link.Link, start time.Time) error
	Carry(ctx context.Context, sub string, from, to notetaker.Place, stays bool) error
}

// Follower looks at calendars and has their bots follow. It is safe for concurrent
// use; two jobs of one user wait for each other.
type Follower struct {
	Store interface {
		Get(ctx context.Context, sub string) (calendar.Connection, error)
		Save(ctx context.Context, c calendar.Connection, l calendar.Look) (calendar.Connection, error)
	}
	Claims interface {
		Move(ctx context.Context, sub string, from, to time.Time) (bool, error)
	}
	Tokens interface {
		Token(ctx context.Context, c calendar.Connection) (string, error)
		Renew(ctx context.Context, c calendar.Connection) (string, error)
	}
	Events interface {
		List(ctx context.Context, access string, from, to time.Time) ([]google.Event, error)
	}
	// Channels has Google tell of changes. It may be nil: nobody is told.
	Channels interface {
		// Open returns c's channel where that is another one from now on, or nil.
		Open(ctx context.Context, access string, c calendar.Connection) *calendar.Channel
	}
	Bots func(name string) Bots // those that appear under this name; "" is the product's own
	Ends interface {
		Revoked(ctx context.Context, c calendar.Connection) error
	}
	Chance func() float64 // from 0 to 1
	Log    *slog.Logger
	Now    func() time.Time
}

// Sync does one job. Whatever goes wrong with the user's calendar is written into
// the connection, and tried again at its next_poll_at; an error is returned only
// where that could not be written.
func (f *Follower) Sync(ctx context.Context, j poll.Job) error {
	c, err := f.Store.Get(ctx, j.Sub)
	switch {
	case err != nil:
		return err
	case c.State != calendar.Active || j.Stale(c.NextPollAt):
		return nil
	case c.BusyUntil.After(f.Now()): // come back when the other poll must be done
		_, err := f.Claims.Move(ctx, j.Sub, c.NextPollAt, c.BusyUntil.Add(time.Second))
		return err
	}
	access, events, err := f.look(ctx, c)
	if err != nil {
		return f.failed(ctx, c, err)
	}
	p := Make(c, events, f.Now())
	l := calendar.Look{Upcoming: p.Shown, SyncedAt: f.Now()}
	if p.Calls() {
		if c, l.Upcoming, err = f.carryOut(ctx, c, p); err != nil {
			return stale(err)
		}
	}
	told := f.listen(ctx, access, c, j.Share, &l)
	l.NextPollAt = pace.Next(calendarOf(c.Settings, l.Upcoming, told), f.Now(), j.Share, f.Chance())
	_, err = f.Store.Save(ctx, c, l)
	if errors.Is(err, calendar.ErrChanged) && p.Calls() {
		return f.overtaken(ctx, c, p)
	}
	return stale(err)
}

// stale forgives that the row is not what was read any more: whoever changed it
// has it looked at again.
func stale(err error) error {
	if errors.Is(err, calendar.ErrChanged) {
		return nil
	}
	return err
}

// listen has Google tell of c's changes, and writes into l what came of that. It
// reports whether Google does tell.
func (f *Follower) listen(ctx context.Context, access string, c calendar.Connection, share float64, l *calendar.Look) bool {
	if f.Channels == nil {
		return c.Channel.Live(f.Now())
	}
	l.Share = share
	if l.Channel = f.Channels.Open(ctx, access, c); l.Channel != nil {
		return l.Channel.Live(f.Now())
	}
	return c.Channel.Live(f.Now())
}

// look reads the calendar, and returns the access token that did. One that Google
// does not take is renewed once.
func (f *Follower) look(ctx context.Context, c calendar.Connection) (access string, events []google.Event, err error) {
	if access, err = f.Tokens.Token(ctx, c); err != nil {
		return "", nil, err
	}
	now := f.Now()
	events, err = f.Events.List(ctx, access, now.Add(-Behind), now.Add(Ahead))
	if !errors.Is(err, google.ErrToken) {
		return access, events, err
	}
	if access, err = f.Tokens.Renew(ctx, c); err != nil {
		return "", nil, err
	}
	events, err = f.Events.List(ctx, access, now.Add(-Behind), now.Add(Ahead))
	if errors.Is(err, google.ErrToken) {
		err = calendar.ErrGoogle.With(err) // a fresh token is good: Google is in trouble
	}
	return access, events, err
}

// failed writes down that a look failed, and when to try again.
func (f *Follower) failed(ctx context.Context, c calendar.Connection, cause error) error {
	problem := fault.Of(cause)
	switch {
	case errors.Is(cause, calendar.ErrRevoked):
		return f.Ends.Revoked(ctx, c)
	case errors.Is(cause, calendar.ErrChanged):
		return nil
	case ctx.Err() != nil:
		return cause
	}
	metric := "CalendarLooksFailed"
	if errors.Is(cause, google.ErrThrottled) {
		metric = "CalendarLooksThrottled"
	}
	f.Log.WarnContext(ctx, "calendar not read", append(boot.Count(f.Now(), metric, 1), "code", problem.Code, "sub", c.Sub, "failures", c.Failures+1, "error", cause)...)
	_, err := f.Store.Save(ctx, c, calendar.Look{
		Upcoming: c.Upcoming, Failures: c.Failures + 1, Problem: problem.Code, SyncedAt: c.SyncedAt,
		NextPollAt: pace.Retry(c.Failures+1, problem.RetryAfter, f.Now(), f.Chance()),
	})
	return stale(err)
}

// overtaken is called when the row changed during the calls. An active connection
// has all its wishes written down, and is looked at again; of one that has ended
// nobody else knows what was just asked for.
func (f *Follower) overtaken(ctx context.Context, c calendar.Connection, p Plan) error {
	now, err := f.Store.Get(ctx, c.Sub)
	if err != nil {
		return err
	}
	if now.State == calendar.Active && now.Grant == c.Grant {
		return nil
	}
	var all []error
	for _, w := range p.Want {
		if err := f.Bots("").Leave(ctx, c.Sub, w.Link, w.Start); err != nil {
			all = append(all, fmt.Errorf("follow: withdraw bot of ended connection of %s: %w", c.Sub, err))
		}
	}
	return errors.Join(all...)
}

// calendarOf is what decides about the next look.
func calendarOf(s calendar.Settings, upcoming []calendar.Meeting, told bool) pace.Calendar {
	c := pace.Calendar{Joins: s.AutoJoin, Told: told}
	for _, m := range upcoming {
		if m.Bot == calendar.Scheduled {
			c.Starts = append(c.Starts, m.Start)
		}
		if m.Reason == Retrying && (c.Undone.IsZero() || m.Start.Before(c.Undone)) {
			c.Undone = m.Start
		}
	}
	return c
}
