package entitlement

import "time"

// View is the answer of GET /api/entitlement.
type View struct {
	Tier             Tier       `json:"tier"`
	Status           Status     `json:"status"`
	Limits           Limits     `json:"limits"`
	Usage            Usage      `json:"usage"`
	CurrentPeriodEnd *time.Time `json:"current_period_end"` // when the plan renews or ends, or null
	CancelAt         *time.Time `json:"cancel_at"`          // when it ends instead, or null
	GraceUntil       *time.Time `json:"grace_until"`        // pay before, or null
	NextStep         Step       `json:"next_step"`
}

// Step is what the user can do next. Clients choose words and a button by it.
type Step string

// The steps.
const (
	Subscribe     Step = "subscribe"         // choose a plan
	Upgrade       Step = "upgrade"           // all is well; a larger plan exists
	Nothing       Step = "none"              // all is well
	FinishPayment Step = "finish_payment"    // the first payment waits for the user or the bank
	UpdatePayment Step = "update_payment"    // a renewal failed: other card in the portal
	AddPayment    Step = "add_payment"       // the trial ended without a card: add one in the portal
	Keep          Step = "keep_subscription" // it will end; the portal can undo that
	WaitForSync   Step = "wait"              // paid, as far as we know, but not confirmed lately
	Support       Step = "contact_support"   // disputed or locked
)

// ViewAt returns what the row says at now.
func (r Row) ViewAt(now time.Time) View {
	tier := r.Holds(now)
	v := View{Tier: tier, Status: r.Status, Limits: PlanOf(tier).Limits, Usage: r.Usage.At(now), NextStep: r.next(tier)}
	if r.Status.Access() == Granted {
		v.CurrentPeriodEnd = orNull(r.CurrentPeriodEnd)
	}
	v.CancelAt, v.GraceUntil = orNull(r.CancelAt), orNull(r.GraceUntil)
	return v
}

// next chooses the step from the state and from the tier that holds.
func (r Row) next(tier Tier) Step {
	switch {
	case r.Disabled, r.Status == Disputed:
		return Support
	case r.Status == PastDue, r.Status == Unpaid:
		return UpdatePayment
	case r.Status == Paused:
		return AddPayment
	case r.Status == Incomplete:
		return FinishPayment
	case r.Status.Access() == Granted && tier == Free:
		return WaitForSync
	case r.Status.Access() != Granted:
		return Subscribe
	case !r.CancelAt.IsZero():
		return Keep
	case tier.Rank() < len(Plans())-1:
		return Upgrade
	}
	return Nothing
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
