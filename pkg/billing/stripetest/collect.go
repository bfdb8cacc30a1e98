package stripetest

import "time"

// Card is the pretend card on a customer's file, by what it does.
type Card string

// The cards.
const (
	NoCard       Card = ""             // none on file
	Good         Card = "good"         // 4242…: every payment goes through
	Declines     Card = "declines"     // 4000…0341: every later payment is declined
	Authenticate Card = "authenticate" // 4000…3155: the bank wants the person (3-D Secure)
)

// retryAfter are the days after a failed renewal on which Stripe tries again,
// within the two weeks that it recommends.
func retryAfter() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{3 * day, 5 * day, 7 * day, 14 * day}
}

// collect tries to take an invoice's money with the customer's card, and moves
// the subscription to what follows. It reports whether the invoice is paid. Only
// a scheduled try counts for the retries; one that a person made does not.
func (s *Server) collect(inv *Invoice, scheduled bool) bool {
	if inv.Status == "draft" {
		inv.Status = "open"
		s.emit("invoice.finalized", s.invoiceObject(inv), nil, nil)
	}
	cus := s.st.Customers[inv.Customer]
	if inv.Amount == 0 || (cus != nil && cus.Card == Good) {
		s.paid(inv)
		return true
	}
	if scheduled {
		s.plan(inv)
	}
	s.failed(inv, cus != nil && cus.Card == Authenticate)
	if scheduled && inv.NextAttempt == 0 {
		s.giveUp(s.st.Subscriptions[inv.Subscription])
	}
	return false
}

// paid books the money and lets the subscription live on.
func (s *Server) paid(inv *Invoice) {
	if inv.Amount > 0 {
		ch := &Charge{entry: s.entry("ch"), Customer: inv.Customer, Invoice: inv.ID, Amount: inv.Amount}
		s.st.Charges[ch.ID] = ch
		inv.Charge = ch.ID
		s.emit("charge.succeeded", s.chargeObject(ch), nil, nil)
	}
	inv.Status, inv.NextAttempt = "paid", 0
	s.emit("invoice.paid", s.invoiceObject(inv), nil, nil)
	s.emit("invoice.payment_succeeded", s.invoiceObject(inv), nil, nil)
	sub := s.st.Subscriptions[inv.Subscription]
	if sub.LatestInvoice == inv.ID && (sub.Status == "incomplete" || sub.Status == "past_due" || sub.Status == "unpaid") {
		s.update(sub, nil, func() { sub.Status = "active" })
	}
}

// plan sets the time of the next try, if there is to be one.
func (s *Server) plan(inv *Invoice) {
	waits := append([]time.Duration{0}, retryAfter()...)
	inv.NextAttempt = 0
	if inv.Attempts+1 < len(waits) {
		inv.NextAttempt = s.now().Add(waits[inv.Attempts+1] - waits[inv.Attempts]).Unix()
	}
	inv.Attempts++
}

// failed tells of a failure. The first payment of a subscription that fails
// leaves it incomplete.
func (s *Server) failed(inv *Invoice, needsPerson bool) {
	s.emit("invoice.payment_failed", s.invoiceObject(inv), nil, nil)
	if needsPerson {
		s.emit("invoice.payment_action_required", s.invoiceObject(inv), nil, nil)
	}
	sub := s.st.Subscriptions[inv.Subscription]
	if inv.Reason == "subscription_cycle" && sub.Status == "active" {
		s.update(sub, nil, func() { sub.Status = "past_due" })
	}
}

// giveUp does what the account's settings say of a subscription whose retries
// are used up.
func (s *Server) giveUp(sub *Subscription) {
	switch s.st.Settings.AfterDunning {
	case "unpaid":
		s.update(sub, nil, func() { sub.Status = "unpaid" })
	case "past_due":
	default:
		s.end(sub, nil)
	}
}
