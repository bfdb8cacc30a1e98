package billing

import (
	"context"
	"fmt"
	"net/http"

	"github.com/stripe/stripe-go/v76"
)

// The policy for money that goes back. Stripe leaves a subscription as it is
// when its payment is refunded or disputed, so what follows is ours to decide,
// and we write the decision to Stripe: the row stays a projection of Stripe's
// state, and a lost event is made good like any other.
//
//   - A part of a payment refunded: nothing changes.
//   - The payment of the current period refunded in full: the subscription ends
//     now. A refund of an earlier period changes nothing.
//   - A payment disputed: access is suspended while the bank decides. An inquiry
//     (a warning without withdrawal) changes nothing.
//   - The dispute won: access returns. Lost: the subscription ends.

// Policy acts on refunds and disputes. Every action can be repeated.
type Policy struct{ Stripe *Stripe }

// paidFor is a charge with the subscription that it paid for.
type paidFor struct {
	Customer ref  `json:"customer"`
	Refunded bool `json:"refunded"`
	Invoice  *struct {
		ID           string        `json:"id"`
		Subscription *subscription `json:"subscription"`
	} `json:"invoice"`
}

// subscription returns the subscription whose current period the charge paid.
func (c paidFor) current() (subscription, bool) {
	if c.Invoice == nil || c.Invoice.Subscription == nil {
		return subscription{}, false
	}
	sub := *c.Invoice.Subscription
	return sub, sub.LatestInvoice.ID == c.Invoice.ID
}

// charged is an answer about a charge.
type charged struct {
	answer
	paidFor
}

// disputed is an answer about a dispute.
type disputed struct {
	answer
	ID     string  `json:"id"`
	Status string  `json:"status"`
	Charge paidFor `json:"charge"`
}

// Refunded acts on a charge that was refunded, as Stripe has it now, and returns
// whom to project.
func (p Policy) Refunded(ctx context.Context, chargeID string) (customerID, sub string, err error) {
	var c charged
	params := &stripe.ChargeParams{}
	params.AddExpand("invoice.subscription")
	err = p.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/charges/" + chargeID, params: params}, &c)
	if err != nil {
		return "", "", fmt.Errorf("billing: fetch charge %s: %w", chargeID, err)
	}
	s, current := c.current()
	if c.Refunded && current {
		err = p.cancel(ctx, s)
	}
	return c.Customer.ID, s.Metadata.Sub, err
}

// Disputed acts on a dispute, as Stripe has it now, and returns whom to project.
func (p Policy) Disputed(ctx context.Context, disputeID string) (customerID, sub string, err error) {
	var d disputed
	params := &stripe.DisputeParams{}
	params.AddExpand("charge.invoice.subscription")
	err = p.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/disputes/" + disputeID, params: params}, &d)
	if err != nil {
		return "", "", fmt.Errorf("billing: fetch dispute %s: %w", disputeID, err)
	}
	s, _ := d.Charge.current()
	if s.ID != "" {
		err = p.decide(ctx, d, s)
	}
	return d.Charge.Customer.ID, s.Metadata.Sub, err
}

// decide does what the dispute's state asks for.
func (p Policy) decide(ctx context.Context, d disputed, s subscription) error {
	switch d.Status {
	case "needs_response", "under_review":
		return p.mark(ctx, s, d.ID)
	case "won":
		if s.Metadata.Disputed != d.ID {
			return nil
		}
		return p.mark(ctx, s, "")
	case "lost", "charge_refunded":
		return p.cancel(ctx, s)
	}
	return nil // warning_…: an inquiry
}

// mark notes the dispute on the subscription, where the projection reads it, or
// takes the note away.
func (p Policy) mark(ctx context.Context, s subscription, disputeID string) error {
	if s.Metadata.Disputed == disputeID || over(s.Status) {
		return nil
	}
	params := &stripe.SubscriptionParams{Metadata: map[string]string{"disputed": disputeID}}
	var out subscription
	if err := p.Stripe.call(ctx, request{method: http.MethodPost, path: "/v1/subscriptions/" + s.ID, params: params}, &out); err != nil {
		return fmt.Errorf("billing: note dispute on %s: %w", s.ID, err)
	}
	return nil
}

// cancel ends a subscription now. One that is over already is what we want.
func (p Policy) cancel(ctx context.Context, s subscription) error {
	if over(s.Status) {
		return nil
	}
	var out subscription
	err := p.Stripe.call(ctx, request{method: http.MethodDelete, path: "/v1/subscriptions/" + s.ID}, &out)
	if err != nil && !isMissing(err) {
		return fmt.Errorf("billing: cancel %s: %w", s.ID, err)
	}
	return nil
}

func over(status string) bool { return status == "canceled" || status == "incomplete_expired" }
