package notetaker

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker/link"
)

// ErrField reports a field of an order that cannot be accepted.
var ErrField = fault.New(fault.Invalid, "INVALID_FIELD", "A field of the request is not acceptable.")

// Order is the body of POST /api/recall/bot.
type Order struct {
	MeetingURL string     `json:"meeting_url"`
	JoinAt     *time.Time `json:"join_at"` // null: now
	Title      string     `json:"title"`
}

const (
	maxTitle = 200
	// late is how far in the past a start may lie and still mean now.
	late = 5 * time.Minute
	// farthest is how far ahead a bot can be ordered by hand.
	farthest = 90 * 24 * time.Hour
	// soon is how early a bot that is booked anyway counts as the one for now.
	soon = 15 * time.Minute
)

// Desk takes orders by hand.
type Desk struct {
	*Dispatcher
}

// Join sends a bot into a meeting, now or at its time. Asking twice for one
// meeting gives one bot, also while it is there or about to come.
func (d Desk) Join(ctx context.Context, sub string, o Order) (Placed, error) {
	w, err := d.wishOf(sub, o)
	if err != nil {
		return Placed{}, err
	}
	if o.JoinAt == nil || !w.Start.After(d.Now()) {
		return d.insist(ctx, func(ctx context.Context) (bid, error) { return d.now(ctx, w) })
	}
	return d.insist(ctx, func(ctx context.Context) (bid, error) { return d.later(ctx, w) })
}

// later is the bid of an order for a time to come.
func (d Desk) later(ctx context.Context, w Wish) (bid, error) {
	b := bid{Wish: w}
	var g errgroup.Group
	g.Go(func() (err error) { b.room, err = d.load(ctx, Key(w.Link, w.Start)); return err })
	g.Go(func() error { return d.introduce(ctx, &b) })
	if err := g.Wait(); err != nil {
		return bid{}, err
	}
	return b, b.row.Admit(d.Terms)
}

// introduce reads the account of a bid's user.
func (d Desk) introduce(ctx context.Context, b *bid) (err error) {
	b.row, b.version, err = d.account(ctx, b.Sub)
	b.known = err == nil
	return err
}

// wishOf checks an order.
func (d Desk) wishOf(sub string, o Order) (Wish, error) {
	l, ok := link.Recognise(strings.TrimSpace(o.MeetingURL))
	now := d.Now()
	start := now
	if o.JoinAt != nil {
		start = *o.JoinAt
	}
	switch {
	case !ok || len(o.MeetingURL) > 2048:
		return Wish{}, ErrField.Because("The field meeting_url must be the link of a Zoom, Google Meet, Microsoft Teams or Webex meeting.")
	case utf8.RuneCountInString(o.Title) > maxTitle:
		return Wish{}, ErrField.Because("The field title must have at most %d letters.", maxTitle)
	case start.Before(now.Add(-late)):
		return Wish{}, ErrField.Because("The field join_at lies in the past.")
	case start.After(now.Add(farthest)):
		return Wish{}, ErrField.Because("The field join_at must be within %d days.", int(farthest.Hours()/24))
	}
	return Wish{Sub: sub, Link: l, Start: start, Title: o.Title, Source: Manual}, nil
}
