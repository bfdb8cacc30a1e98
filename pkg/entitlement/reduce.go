package entitlement

import (
	"cmp"
	"time"
)

// Subscription is one subscription as far as it decides something. Times that
// are zero are absent.
type Subscription struct {
	ID               string
	Status           Status
	Tier             Tier // of its price; "" when the price belongs to no plan
	Created          time.Time
	CurrentPeriodEnd time.Time
	CancelAt         time.Time // when it will end, if that is decided
	UnpaidSince      time.Time // when the oldest invoice that is still open was made
	Disputed         bool      // a payment for it is under dispute
}

// Entitlement is what a user's subscriptions come to. The zero value is not
// valid; Reduce of nothing is the entitlement of a user who never subscribed.
type Entitlement struct {
	Tier             Tier
	Status           Status    // of the subscription that decides
	SubscriptionID   string    // of that subscription; "" for None
	CurrentPeriodEnd time.Time // zero where it means nothing
	CancelAt         time.Time // zero unless the end is decided
	GraceUntil       time.Time // zero unless a payment failed
	EntitledUntil    time.Time // the tier holds before this time; zero for Free
}

// Equal reports whether both say the same.
func (e Entitlement) Equal(o Entitlement) bool {
	return e.Tier == o.Tier && e.Status == o.Status && e.SubscriptionID == o.SubscriptionID &&
		e.CurrentPeriodEnd.Equal(o.CurrentPeriodEnd) && e.CancelAt.Equal(o.CancelAt) &&
		e.GraceUntil.Equal(o.GraceUntil) && e.EntitledUntil.Equal(o.EntitledUntil)
}

// Reduce computes the entitlement at now. It is a pure function, and the order
// of the subscriptions does not matter: of those that give access the highest
// tier decides, then the one that lasts longest.
func Reduce(subs []Subscription, now time.Time) Entitlement {
	if len(subs) == 0 {
		return Entitlement{Tier: Free, Status: None}
	}
	now = now.UTC().Truncate(time.Second) // the row's resolution
	all := make([]Entitlement, len(subs))
	best := 0
	for i, s := range subs {
		all[i] = s.project(now)
		if i > 0 && prefer(all[i], s, all[best], subs[best]) > 0 {
			best = i
		}
	}
	return all[best]
}

// prefer is positive when a decides rather than b.
func prefer(a Entitlement, sa Subscription, b Entitlement, sb Subscription) int {
	return cmp.Or(
		cmp.Compare(a.Tier.Rank(), b.Tier.Rank()),
		a.EntitledUntil.Compare(b.EntitledUntil),
		cmp.Compare(a.Status.weight(), b.Status.weight()),
		sa.Created.Compare(sb.Created),
		cmp.Compare(sa.ID, sb.ID),
	)
}

// project is what one subscription alone comes to.
func (s Subscription) project(now time.Time) Entitlement {
	e := Entitlement{Tier: Free, Status: s.state(), SubscriptionID: s.ID}
	if e.Status == Canceled || e.Status == IncompleteExpired {
		return e
	}
	e.CurrentPeriodEnd, e.CancelAt = s.CurrentPeriodEnd, s.CancelAt
	var until time.Time
	switch access := e.Status.Access(); {
	case access == Granted:
		until = s.paidUntil(now).Add(Slack)
	case access == InGrace && !s.UnpaidSince.IsZero():
		e.GraceUntil = s.UnpaidSince.Add(Grace)
		until = e.GraceUntil
	}
	if s.Tier.Rank() > 0 && until.After(now) {
		e.Tier, e.EntitledUntil = s.Tier, until
	}
	return e
}

// state is Stripe's state, except that a dispute overrides it while the
// subscription is not over.
func (s Subscription) state() Status {
	if s.Disputed && s.Status.Access() != Denied {
		return Disputed
	}
	return s.Status
}

// paidUntil is the end of what is known to be paid. Stripe says now that the
// subscription is good, so it is good until now at least.
func (s Subscription) paidUntil(now time.Time) time.Time {
	end := s.CurrentPeriodEnd
	if !s.CancelAt.IsZero() && s.CancelAt.Before(end) {
		end = s.CancelAt
	}
	if end.Before(now) {
		return now
	}
	return end
}
