package billing_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
)

// told keeps who was told of what.
type told struct {
	mu  sync.Mutex
	all []billing.Failed
}

func (n *told) PaymentFailed(_ context.Context, f billing.Failed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, f)
}

// failingShop is a shop whose ann has the pro plan, and who is told what.
func failingShop(t *testing.T) (*shop, *told, string) {
	t.Helper()
	s, n := newShop(t), &told{}
	s.receiver.Notices = n
	customer := s.customer(t, ann)
	s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
	s.deliver(t)
	return s, n, customer
}

func TestAFailedRenewalIsTold(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	s, n, customer := failingShop(t)
	s.account.SetCard(customer, stripetest.Declines)
	s.advance(t, 32*day)
	if len(n.all) == 0 {
		t.Fatal("nobody is told of a renewal that failed")
	}
	invoices := s.account.Invoices()
	unpaid := slices.IndexFunc(invoices, func(i stripetest.Invoice) bool { return i.Status == "open" })
	want := billing.Failed{Sub: ann.Sub, Invoice: invoices[unpaid].ID, Tier: entitlement.Pro, Until: s.row(t, ann).GraceUntil}
	for _, got := range n.all { // Stripe tries the invoice more than once; the outbox makes one mail of it
		if got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
	}
	if want.Until.IsZero() {
		t.Error("the grace has no end")
	}
	header, body := s.webhook(t, "invoice.payment_failed")
	before := len(n.all)
	if r, err := s.receiver.Receive(t.Context(), header, body); err != nil || r.Outcome != billing.Duplicate || len(n.all) != before {
		t.Errorf("a delivery once more: %+v, %v, told %d times more, want nothing", r, err, len(n.all)-before)
	}
}

// TestWhoIsNotTold is about events that say that a payment failed, of people for
// whom there is nothing to do.
func TestWhoIsNotTold(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		name   string
		events func(t *testing.T, s *shop, customer string)
	}{
		{name: "a first payment that fails", events: func(t *testing.T, s *shop, _ string) {
			other := billing.Person{Sub: "user-2", Username: "bob"}
			s.account.Subscribe(s.customer(t, other), "pro_monthly", stripetest.Declines, 0)
			s.deliver(t)
		}},
		{name: "a renewal that is paid", events: func(t *testing.T, s *shop, _ string) { s.advance(t, 32*day) }},
		{name: "one who has paid before the event came", events: func(t *testing.T, s *shop, customer string) {
			s.account.SetCard(customer, stripetest.Declines)
			s.account.Advance(32 * day)
			s.account.SetCard(customer, stripetest.Good)
			s.account.PayInvoices(s.row(t, ann).SubscriptionID)
			s.deliver(t)
		}},
		{name: "one whose grace is over", events: func(t *testing.T, s *shop, customer string) {
			s.account.SetCard(customer, stripetest.Declines)
			s.account.Advance(32 * day)
			s.receiver.Now = func() time.Time { return s.Now().Add(60 * day) } // the event took its time
			s.deliver(t)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, n, customer := failingShop(t)
			tt.events(t, s, customer)
			if len(n.all) != 0 {
				t.Errorf("told %+v, want nobody", n.all)
			}
		})
	}
}

// TestNobodyIsToldOfWhatIsNotDone has the event's work fail: its next delivery is
// the one that tells.
func TestNobodyIsToldOfWhatIsNotDone(t *testing.T) {
	t.Parallel()
	s, n, customer := failingShop(t)
	s.account.SetCard(customer, stripetest.Declines)
	s.account.Advance(32 * 24 * time.Hour)
	mend := s.account.Inject(stripetest.Fault{Match: "GET /v1/subscriptions", Status: 500})
	header, body := s.webhook(t, "invoice.payment_failed")
	if _, err := s.receiver.Receive(t.Context(), header, body); err == nil || len(n.all) != 0 {
		t.Errorf("while Stripe is down: %v, told %+v, want an error and nobody", err, n.all)
	}
	mend()
	header, body = s.webhook(t, "invoice.payment_failed")
	if _, err := s.receiver.Receive(t.Context(), header, body); err != nil || len(n.all) != 1 {
		t.Errorf("afterwards: %v, told %+v, want once", err, n.all)
	}
}
