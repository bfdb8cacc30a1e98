package calendar

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// View is a connection as its user sees it: the answer of GET /api/calendar.
type View struct {
	Connected bool          `json:"connected"`
	State     State         `json:"state"`
	Email     string        `json:"email"` // "" without a connection
	AutoJoin  bool          `json:"auto_join"`
	Rules     Rules         `json:"rules"`
	BotName   string        `json:"bot_name"`  // "" for the product's own
	SyncedAt  *time.Time    `json:"synced_at"` // null before the first look
	Upcoming  []MeetingView `json:"upcoming"`  // by start; those that are over are not in it
}

// MeetingView is a meeting as its user sees it.
type MeetingView struct {
	EventID    string    `json:"event_id"`
	Title      string    `json:"title"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	MeetingURL string    `json:"meeting_url"`
	Bot        Bot       `json:"bot"`
	Reason     string    `json:"reason"`
}

// ViewAt returns the connection as it is shown at now.
func (c Connection) ViewAt(now time.Time) View {
	v := View{
		Connected: c.State == Active, State: c.State, Email: c.Email, AutoJoin: c.Settings.AutoJoin, Rules: c.Settings.Rules,
		BotName: c.Settings.BotName, Upcoming: []MeetingView{},
	}
	if !c.SyncedAt.IsZero() {
		v.SyncedAt = &c.SyncedAt
	}
	if !v.Connected {
		return v // what a connection that has ended knew of meetings is no longer so
	}
	for _, m := range c.Upcoming {
		if m.End.After(now) {
			v.Upcoming = append(v.Upcoming, MeetingView{m.EventID, m.Title, m.Start, m.End, m.MeetingURL, m.Bot, m.Reason})
		}
	}
	return v
}

// Viewer shows users their connections.
type Viewer struct {
	Store Store
	Gate  Gate
	Now   func() time.Time
}

// View returns the user's connection; without one it says so, and is no error.
func (v Viewer) View(ctx context.Context, sub string) (View, error) {
	c, err := v.read(ctx, sub)
	if err != nil {
		return View{}, err
	}
	return c.ViewAt(v.Now()), nil
}

// read reads the connection and asks the gate, side by side.
func (v Viewer) read(ctx context.Context, sub string) (c Connection, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return v.Gate.Admit(ctx, sub) })
	g.Go(func() (err error) { c, err = v.Store.Get(ctx, sub); return err })
	return c, g.Wait()
}
