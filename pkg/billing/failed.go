package billing

import (
	"context"
	"time"

	"callanalyst/pkg/entitlement"
)

// Failed is a renewal that could not be charged, of a user who keeps the plan for
// a while.
type Failed struct {
	Sub     string
	Invoice string // Stripe's id of it; each is tried more than once
	Tier    entitlement.Tier
	Until   time.Time // pay before
}

// failed is the type of the event that tells it.
const failed = "invoice.payment_failed"

// tell has the user told of a renewal that failed. It judges by what Stripe says
// now, as everything here: only somebody who is in grace has something to do.
// Whoever has paid in the meantime is not, nor is one who only tried to subscribe,
// or whose grace is over.
func (r *Receiver) tell(ctx context.Context, e Event, p Projection) {
	if r.Notices == nil || e.Type != failed || p.Outcome != Applied || !r.Now().Before(p.After.GraceUntil) {
		return
	}
	r.Notices.PaymentFailed(ctx, Failed{Sub: p.Sub, Invoice: e.Object, Tier: p.After.Tier, Until: p.After.GraceUntil})
}
