package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// ErrMode reports an event of the other mode: live against a test key, or test
// against a live one.
var ErrMode = fault.New(fault.Invalid, "WRONG_MODE", "This endpoint does not take events of this mode.")

// Receiver takes Stripe's webhooks. A delivery is a hint that something about a
// customer may have changed; the receiver asks Stripe what. A delivery that it
// answers without an error is finished for good; with one, Stripe delivers again.
type Receiver struct {
	Signatures interface {
		Verify(ctx context.Context, header string, body []byte) error
	}
	Live   func(ctx context.Context) (bool, error) // which mode is ours
	Ledger interface {
		Claim(ctx context.Context, e Event, lease time.Duration, again bool) (Claim, error)
		Release(ctx context.Context, c Claim, code string) error
		Finish(ctx context.Context, c Claim, outcome Outcome, customer string) error
	}
	Policy interface {
		Refunded(ctx context.Context, chargeID string) (customerID, sub string, err error)
		Disputed(ctx context.Context, disputeID string) (customerID, sub string, err error)
	}
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Projector interface {
		Project(ctx context.Context, customerID string, hint Hint, c *Claim) (Projection, error)
	}
	// Notices tells users of renewals that failed; nil tells nobody. It is called
	// when the event is done for good, so it must not take long, and its failures are
	// its own.
	Notices interface {
		PaymentFailed(ctx context.Context, f Failed)
	}
	Log *slog.Logger
	Now func() time.Time
}

// Receipt is what a delivery came to.
type Receipt struct {
	Event   string  `json:"event"`
	Outcome Outcome `json:"outcome"`
}

// Receive verifies and works on one delivery.
func (r *Receiver) Receive(ctx context.Context, signature string, body []byte) (Receipt, error) {
	if err := r.Signatures.Verify(ctx, signature, body); err != nil {
		return Receipt{}, err
	}
	e, err := ParseEvent(body)
	if err != nil {
		return Receipt{}, err
	}
	return r.Work(ctx, e, false)
}

// Work works on an event that is known to be Stripe's. With again, an event that
// was finished before is worked on once more.
func (r *Receiver) Work(ctx context.Context, e Event, again bool) (Receipt, error) {
	live, err := r.Live(ctx)
	if err != nil {
		return Receipt{}, ErrUnavailable.With(err)
	}
	if e.Livemode != live {
		return Receipt{}, ErrMode.With(fmt.Errorf("billing: event %s has livemode %v, ours is %v", e.ID, e.Livemode, live))
	}
	c, hint, err := r.begin(ctx, e, again)
	switch {
	case errors.Is(err, ErrDone):
		return Receipt{Event: e.ID, Outcome: Duplicate}, nil
	case err != nil:
		return Receipt{}, orUnavailable(err)
	}
	out, err := r.act(ctx, e, c, hint)
	if err != nil {
		r.release(ctx, c, err)
		return Receipt{}, orUnavailable(fmt.Errorf("billing: event %s (%s): %w", e.ID, e.Type, err))
	}
	r.report(ctx, e, out)
	r.tell(ctx, e, out)
	return Receipt{Event: e.ID, Outcome: out.Outcome}, nil
}

// begin claims the event and, side by side, reads the row of the user that it
// names: most likely the one that is needed next.
func (r *Receiver) begin(ctx context.Context, e Event, again bool) (c Claim, hint Hint, err error) {
	hint.Sub = e.Sub
	var g errgroup.Group
	if e.Sub != "" && concernOf(e.Type) == standing {
		g.Go(func() error {
			if row, err := r.Rows.Get(ctx, e.Sub); err == nil {
				hint.Row = &row
			}
			return nil
		})
	}
	g.Go(func() (err error) {
		c, err = r.Ledger.Claim(ctx, e, r.lease(ctx), again)
		return err
	})
	err = g.Wait()
	return c, hint, err
}

// act does what the event's type asks for and finishes the claim.
func (r *Receiver) act(ctx context.Context, e Event, c Claim, hint Hint) (Projection, error) {
	customer := e.Customer
	var err error
	switch concernOf(e.Type) {
	case nothing:
		return Projection{Outcome: Ignored}, r.Ledger.Finish(ctx, c, Ignored, customer)
	case refund:
		customer, hint.Sub, err = r.Policy.Refunded(ctx, e.Object)
	case dispute:
		customer, hint.Sub, err = r.Policy.Disputed(ctx, e.Object)
	case standing:
	}
	if err != nil {
		return Projection{}, err
	}
	if customer == "" {
		return Projection{Outcome: UnknownCustomer}, r.Ledger.Finish(ctx, c, UnknownCustomer, "")
	}
	return r.Projector.Project(ctx, customer, hint, &c)
}

// lease is how long this run may work: to the context's end and a second more,
// so that no other run begins while this one may still write.
func (r *Receiver) lease(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return 30 * time.Second
	}
	return max(time.Until(end), 0) + time.Second
}

// release gives the claim back, also when the context has ended.
func (r *Receiver) release(ctx context.Context, c Claim, cause error) {
	if errors.Is(cause, errFenced) {
		return // another run has it
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	if err := r.Ledger.Release(ctx, c, fault.Of(orUnavailable(cause)).Code); err != nil {
		r.Log.WarnContext(ctx, "event not released", "code", "EVENT_LEASED", "event", c.Event, "error", err)
	}
}

// report writes what somebody should know about.
func (r *Receiver) report(ctx context.Context, e Event, p Projection) {
	attrs := []any{"event", e.ID, "type", e.Type, "outcome", string(p.Outcome), "sub", p.Sub}
	if p.Changed() {
		attrs = append(attrs, "from", describe(p.Before), "to", describe(p.After))
	}
	r.Log.InfoContext(ctx, "stripe event", attrs...)
	warn(ctx, r.Log, r.Now(), p, e.Customer)
}
