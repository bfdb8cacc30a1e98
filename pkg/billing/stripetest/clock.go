package stripetest

import (
	"cmp"
	"slices"
	"time"
)

// Settings are the account's settings in the Dashboard.
type Settings struct {
	// AfterDunning is what becomes of a subscription when every retry of a
	// renewal has failed: cancel (the default), unpaid or past_due.
	AfterDunning string `json:"after_dunning"`
	// NoPortal leaves the billing portal without a saved configuration, so that
	// every portal session is refused.
	NoPortal bool `json:"no_portal"`
}

// SetSettings changes the account's settings.
func (s *Server) SetSettings(x Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Settings = x
}

// Advance moves the account's clock and does, in order and each at its own
// time, all that falls due: renewals, retries, ends of trials and of
// subscriptions, expiries.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp(s.now().Add(d))
	s.st.Advanced += d
}

// Tick does what has fallen due since the last call.
func (s *Server) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp(s.now())
}

// chore is something that happens by itself at a time.
type chore struct {
	at  int64
	seq int
	do  func()
}

// catchUp runs the chores due by end, the earliest first. A chore may bring new
// ones.
func (s *Server) catchUp(end time.Time) {
	defer func() { s.frozen = time.Time{} }()
	for {
		due := slices.DeleteFunc(s.chores(), func(c chore) bool { return c.at > end.Unix() })
		if len(due) == 0 {
			return
		}
		first := slices.MinFunc(due, func(a, b chore) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
		s.frozen = time.Unix(first.at, 0).UTC()
		first.do()
	}
}

// chores lists all that is going to happen.
func (s *Server) chores() []chore {
	var all []chore
	for _, sub := range s.st.Subscriptions {
		all = s.subscriptionChores(all, sub)
	}
	for _, inv := range s.st.Invoices {
		if inv.NextAttempt != 0 && (inv.Status == "draft" || inv.Status == "open") {
			all = append(all, chore{inv.NextAttempt, inv.Seq, func() { s.collect(inv, true) }})
		}
	}
	for _, x := range s.st.Sessions {
		if x.Status == "open" {
			all = append(all, chore{x.ExpiresAt, x.Seq, func() { s.expire(x, nil) }})
		}
	}
	return all
}

const (
	trialWarning   = 3 * 24 * time.Hour
	incompleteLife = 23 * time.Hour
	draftLife      = time.Hour // between a renewal and the first try to collect
)

func (s *Server) subscriptionChores(all []chore, sub *Subscription) []chore {
	add := func(at int64, do func()) { all = append(all, chore{at, sub.Seq, do}) }
	switch sub.Status {
	case "canceled", "incomplete_expired", "paused":
		return all
	case "incomplete":
		add(sub.Created+int64(incompleteLife.Seconds()), func() { s.expireIncomplete(sub) })
		return all
	case "trialing":
		if !sub.Warned {
			add(sub.TrialEnd-int64(trialWarning.Seconds()), func() { s.warn(sub) })
		}
	}
	if sub.CancelAt != 0 {
		add(sub.CancelAt, func() { s.end(sub, nil) })
	}
	if sub.PauseUntil != 0 {
		add(sub.PauseUntil, func() { s.update(sub, nil, func() { sub.PauseBehavior, sub.PauseUntil = "", 0 }) })
	}
	add(sub.PeriodEnd, func() { s.turn(sub) })
	return all
}

func (s *Server) warn(sub *Subscription) {
	sub.Warned = true
	s.emit("customer.subscription.trial_will_end", s.subscriptionObject(sub), nil, nil)
}

func (s *Server) expireIncomplete(sub *Subscription) {
	for _, inv := range s.open(sub) {
		s.settle(inv, "void", nil)
	}
	s.update(sub, nil, func() { sub.Status, sub.EndedAt = "incomplete_expired", s.now().Unix() })
}

// turn is the end of a period or a trial.
func (s *Server) turn(sub *Subscription) {
	if sub.CancelAtPeriodEnd {
		s.end(sub, nil)
		return
	}
	if sub.Status == "trialing" && s.st.Customers[sub.Customer].Card == NoCard && sub.MissingMethod != "create_invoice" {
		s.endTrialWithoutCard(sub)
		return
	}
	s.renew(sub, nil)
}

func (s *Server) endTrialWithoutCard(sub *Subscription) {
	if sub.MissingMethod == "cancel" {
		s.end(sub, nil)
		return
	}
	s.update(sub, nil, func() { sub.Status = "paused" })
	s.emit("customer.subscription.paused", s.subscriptionObject(sub), nil, nil)
}

// renew begins the next period. The period moves at once; the money is asked for
// an hour later.
func (s *Server) renew(sub *Subscription, c *call) {
	s.update(sub, c, func() {
		start := s.now().UTC()
		if sub.Status == "trialing" || sub.Status == "paused" {
			sub.Status, sub.Anchor = "active", start.Day()
		}
		sub.PeriodStart = start.Unix()
		sub.PeriodEnd = nextMonth(start, max(sub.Anchor, 1)).Unix()
	})
	inv := s.bill(sub, "subscription_cycle", "draft", c)
	switch {
	case sub.PauseBehavior == "void":
		s.settle(inv, "void", c)
	case sub.PauseBehavior == "mark_uncollectible":
		s.settle(inv, "uncollectible", c)
	case sub.PauseBehavior == "" && sub.Status != "unpaid":
		inv.NextAttempt = s.now().Add(draftLife).Unix()
	}
}
