package mail

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail/suppress"
)

// ErrInFlight reports that another run is sending the mail right now. Whether
// it will succeed is not known, so the caller must try again.
var ErrInFlight = fault.New(fault.Conflict, "MAIL_IN_PROGRESS", "The mail is being sent by another run.")

// lease is how long a claim holds without a result: longer than any function
// that sends mail may run, shorter than the minute after which Lambda retries.
const lease = 45 * time.Second

// cleanup is the time given to a claim's release when its run has failed.
const cleanup = 2 * time.Second

// Outcome is what became of a mail.
type Outcome string

// The outcomes.
const (
	Sent       Outcome = "sent"       // SES took it
	Duplicate  Outcome = "duplicate"  // an earlier run has sent it
	Suppressed Outcome = "suppressed" // the address gets no mail of this category
	Ignored    Outcome = "ignored"    // nobody knows what mail this should be
)

// Outbox sends each mail once, however many runs try.
type Outbox struct {
	Claims *Claims
	// Suppressions tells which addresses get no mail.
	Suppressions interface {
		Reason(ctx context.Context, address string) (suppress.Reason, error)
	}
	// Sender sends one mail and returns SES's id of it.
	Sender interface {
		Send(ctx context.Context, m Message) (string, error)
	}
	// Log gets what is worth knowing but stops no mail. It must not be nil.
	Log *slog.Logger
}

// Envelope names a mail before it is written.
type Envelope struct {
	ID       string // the same for every try of the same mail
	To       string
	Category Category
	Keep     time.Duration // how long the same id is not sent again
}

// Deliver sends the mail that compose writes, unless an earlier run has. While
// it claims the mail it composes it and looks the address up, side by side.
// After a failure the claim is given back and the next try may send at once;
// after a crash it may once the claim's lease has ended.
func (o *Outbox) Deliver(ctx context.Context, e Envelope, compose func(context.Context) (Page, string, error)) (Outcome, error) {
	var d draft
	var claim int64
	var claimErr error
	var wg sync.WaitGroup
	wg.Go(func() { d.page, d.name, d.composeErr = compose(ctx) })
	wg.Go(func() { d.suppressed, d.suppressedErr = o.suppressed(ctx, e) })
	claim, claimErr = o.Claims.claim(ctx, e.ID, lease, e.Keep)
	wg.Wait()
	switch {
	case errors.Is(claimErr, errDone):
		return Duplicate, nil
	case errors.Is(claimErr, errTaken):
		return "", ErrInFlight
	case claimErr != nil:
		return "", claimErr
	}
	return o.finish(ctx, e, claim, d)
}

// draft is what the parallel part of a delivery found.
type draft struct {
	page          Page
	name          string
	composeErr    error
	suppressed    bool
	suppressedErr error
}

// err returns what stops the delivery.
func (d draft) err() error {
	if d.composeErr != nil {
		return d.composeErr
	}
	return d.suppressedErr
}

// finish sends a claimed mail and settles or releases its claim.
func (o *Outbox) finish(ctx context.Context, e Envelope, claim int64, d draft) (Outcome, error) {
	if err := d.err(); err != nil {
		o.release(ctx, e, claim)
		return "", err
	}
	if d.suppressed {
		o.settle(ctx, e, claim, stateSuppressed, "none")
		return Suppressed, nil
	}
	id, err := o.Sender.Send(ctx, Message{Category: e.Category, Name: d.name, To: e.To, Page: d.page})
	if err != nil {
		o.release(ctx, e, claim)
		return "", err
	}
	o.settle(ctx, e, claim, stateSent, id)
	return Sent, nil
}

// suppressed tells whether the address gets no mail of the category. When the
// table cannot be read, a code goes out all the same: SES keeps a list of its
// own. Other mail can wait.
func (o *Outbox) suppressed(ctx context.Context, e Envelope) (bool, error) {
	reason, err := o.Suppressions.Reason(ctx, e.To)
	if err == nil {
		return blocked(reason, e.Category), nil
	}
	if e.Category == Auth {
		o.Log.WarnContext(ctx, "suppression not read, sending anyway", "mail_id", e.ID, "error", err)
		return false, nil
	}
	return false, err
}

// settle marks a mail. A failure is logged alone: the mail is out, and an error
// would have it sent again.
func (o *Outbox) settle(ctx context.Context, e Envelope, claim int64, state, messageID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanup)
	defer cancel()
	if err := o.Claims.settle(ctx, e.ID, claim, state, messageID); err != nil {
		o.Log.WarnContext(ctx, "mail not marked", "code", "MAIL_UNMARKED", "mail_id", e.ID, "state", state, "error", err)
	}
}

// release gives a claim back, even when the run's own time is over.
func (o *Outbox) release(ctx context.Context, e Envelope, claim int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanup)
	defer cancel()
	if err := o.Claims.release(ctx, e.ID, claim); err != nil {
		o.Log.WarnContext(ctx, "claim not released", "mail_id", e.ID, "error", err)
	}
}
