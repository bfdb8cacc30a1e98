package entitlement

// Status is a subscription's state, in Stripe's own words, or None.
type Status string

// The states of a subscription. Stripe may add more; an unknown one gives no
// access.
const (
	None              Status = "none"               // never subscribed
	Active            Status = "active"             // paid, also when its collection is paused
	Trialing          Status = "trialing"           // in its trial
	PastDue           Status = "past_due"           // a renewal's payment failed
	Unpaid            Status = "unpaid"             // retries are used up
	Paused            Status = "paused"             // the trial ended without a payment method
	Incomplete        Status = "incomplete"         // the first payment is not through
	IncompleteExpired Status = "incomplete_expired" // and never was
	Canceled          Status = "canceled"           // over
	Disputed          Status = "disputed"           // the payment is disputed; ours, not Stripe's
)

// Access says what a state gives.
type Access int

// The kinds of access.
const (
	Denied  Access = iota // the free plan's limits
	InGrace               // the plan's, for Grace after the failed payment
	Granted               // the plan's
)

// Access returns what the state gives. Several follow from a decision of ours:
// a paused collection (state active) keeps access, since only we can pause it;
// past_due keeps it for Grace, because a card that expired is no farewell;
// unpaid, which comes when Stripe has given up, does not.
func (s Status) Access() Access {
	switch s {
	case Active, Trialing:
		return Granted
	case PastDue:
		return InGrace
	}
	return Denied
}

// weight orders the states of subscriptions that come to the same tier, so that
// the row shows the one a user can do something about.
func (s Status) weight() int {
	switch s {
	case Active, Trialing:
		return 7
	case Disputed:
		return 6
	case PastDue:
		return 5
	case Unpaid:
		return 4
	case Paused:
		return 3
	case Incomplete:
		return 2
	case Canceled:
		return 1
	}
	return 0
}
