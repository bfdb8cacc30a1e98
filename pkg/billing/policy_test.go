package billing_test

import (
	"testing"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
)

// charges returns the charges of the account's invoices, the newest first.
func (s *shop) charges() []string {
	var out []string
	for _, inv := range s.account.Invoices() {
		if inv.Charge != "" {
			out = append(out, inv.Charge)
		}
	}
	return out
}

// TestPolicy holds the written policy for money that goes back.
func TestPolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		do     func(t *testing.T, s *shop)
		tier   entitlement.Tier
		status entitlement.Status
	}{
		{name: "a part refunded", tier: entitlement.Pro, status: entitlement.Active, do: func(_ *testing.T, s *shop) { s.account.Refund(s.charges()[0], 100) }},
		{name: "all refunded", tier: entitlement.Free, status: entitlement.Canceled, do: func(_ *testing.T, s *shop) { s.account.Refund(s.charges()[0], 0) }},
		{name: "all refunded in two parts", tier: entitlement.Free, status: entitlement.Canceled, do: func(_ *testing.T, s *shop) {
			s.account.Refund(s.charges()[0], 1000)
			s.account.Refund(s.charges()[0], 1900)
		}},
		{name: "an earlier month refunded", tier: entitlement.Pro, status: entitlement.Active, do: func(_ *testing.T, s *shop) {
			s.account.Advance(32 * day)
			s.account.Refund(s.charges()[1], 0)
		}},
		{name: "refunded after the end", tier: entitlement.Free, status: entitlement.Canceled, do: func(_ *testing.T, s *shop) {
			s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
			s.account.Refund(s.charges()[0], 0)
		}},
		{name: "a dispute open", tier: entitlement.Free, status: entitlement.Disputed, do: func(_ *testing.T, s *shop) { s.account.Dispute(s.charges()[0]) }},
		{name: "a dispute won", tier: entitlement.Pro, status: entitlement.Active, do: func(t *testing.T, s *shop) {
			id := s.account.Dispute(s.charges()[0])
			s.deliver(t)
			s.account.CloseDispute(id, true)
		}},
		{name: "a dispute won before anybody heard of it", tier: entitlement.Pro, status: entitlement.Active, do: func(_ *testing.T, s *shop) {
			s.account.SetWeather(stripetest.Weather{Shuffle: true, Copies: 2})
			s.account.CloseDispute(s.account.Dispute(s.charges()[0]), true)
		}},
		{name: "a dispute lost", tier: entitlement.Free, status: entitlement.Canceled, do: func(_ *testing.T, s *shop) {
			s.account.CloseDispute(s.account.Dispute(s.charges()[0]), false)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := subscriber(t)
			s.deliver(t)
			tt.do(t, s)
			s.deliver(t)
			s.holds(t, tt.name, tt.tier, tt.status)
			for range 2 { // every event once more
				for _, e := range s.account.Events() {
					s.account.Resend(e.ID)
				}
				s.deliver(t)
			}
			s.holds(t, tt.name+", told again", tt.tier, tt.status)
		})
	}
}

// Policy that Stripe cannot be told of leaves the event to be delivered again.
func TestPolicyWhileStripeIsDown(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	s.deliver(t)
	remove := s.account.Inject(stripetest.Fault{Match: "DELETE /v1/subscriptions", Status: 500})
	s.account.Refund(s.charges()[0], 0)
	s.account.Deliver(t.Context())
	s.holds(t, "while the subscription cannot be cancelled", entitlement.Pro, entitlement.Active)
	remove()
	s.advance(t, day) // Stripe delivers again
	s.holds(t, "afterwards", entitlement.Free, entitlement.Canceled)
}
