package mail

import (
	"context"
	"time"
)

// The pages of notices.
const (
	accountDeleted       = "account-deleted"
	paymentFailed        = "payment-failed"
	calendarDisconnected = "calendar-disconnected"
)

// keepNotice is how long nobody gets the same notice twice: longer than any
// function, queue or webhook tries.
const keepNotice = 60 * 24 * time.Hour

// Reader is the user that a notice is for.
type Reader struct {
	Sub   string
	Email string // verified
	Name  string // may be empty
}

// Notices sends what users must know of their account, each thing once. They are
// warnings, not advertising: one cannot unsubscribe from them, and nothing in them
// is tracked. It is safe for concurrent use.
type Notices struct {
	Pages  *Pages
	Outbox *Outbox
}

// AccountDeleted tells a person, who is no user any more, that everything is gone.
func (n *Notices) AccountDeleted(ctx context.Context, r Reader) (Outcome, error) {
	return n.send(ctx, accountDeleted, r.Sub, r, Data{})
}

// PaymentFailed tells that a renewal of the tier's plan could not be charged, and
// until when the plan goes on. Of one invoice it tells once.
func (n *Notices) PaymentFailed(ctx context.Context, r Reader, tier, invoiceID string, until time.Time) (Outcome, error) {
	name := plan(tier)
	if name == "" {
		return Ignored, nil // nothing is charged for the free plan
	}
	return n.send(ctx, paymentFailed, invoiceID, r, Data{Plan: name, Until: until.UTC().Format("January 2, 2006")})
}

// CalendarDisconnected tells that Google has ended the connection that was made
// at the given time. Of one connection it tells once.
func (n *Notices) CalendarDisconnected(ctx context.Context, r Reader, connected time.Time) (Outcome, error) {
	return n.send(ctx, calendarDisconnected, hash(r.Sub, connected.UTC().Format(time.RFC3339)), r, Data{})
}

// send sends one notice about one thing.
func (n *Notices) send(ctx context.Context, name, about string, r Reader, d Data) (Outcome, error) {
	if r.Email == "" {
		return "", ErrAddress
	}
	d.Email, d.Name = r.Email, r.Name
	e := Envelope{ID: name + "#" + about, To: r.Email, Category: Auth, Keep: keepNotice}
	return n.Outbox.Deliver(ctx, e, func(context.Context) (Page, string, error) {
		page, err := n.Pages.Render(name, d)
		return page, name, err
	})
}
