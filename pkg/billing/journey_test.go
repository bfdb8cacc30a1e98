package billing_test

import (
	"errors"
	"testing"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
)

var errTerms = errors.New("terms")

const day = 24 * time.Hour

// TestTheyPayOnceAndGetWhatTheyPaidFor walks a user from checkout to the end.
func TestTheyPayOnceAndGetWhatTheyPaidFor(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.accept(t, ann)
	x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
	if err != nil {
		t.Fatal(err)
	}
	open, err := s.visit.Look(t.Context(), ann, x.ID)
	if err != nil || open.Status != "open" || open.Tier != "pro" || open.Entitlement.Tier != entitlement.Free {
		t.Fatalf("before paying: %+v, %v", open, err)
	}
	if !s.account.Pay(x.ID, stripetest.Good) {
		t.Fatal("the payment did not go through")
	}
	done, err := s.visit.Look(t.Context(), ann, x.ID)
	if err != nil || done.Status != "complete" || done.Entitlement.Tier != entitlement.Pro || done.Entitlement.Status != entitlement.Active {
		t.Fatalf("on the success page, before any webhook: %+v, %v", done, err)
	}
	paid := s.row(t, ann)
	s.deliver(t)
	if after := s.row(t, ann); !after.Equal(paid.Entitlement) || !after.UpdatedAt.Equal(paid.UpdatedAt) || after.CustomerID != paid.CustomerID {
		t.Errorf("the webhooks changed the row from %+v to %+v", paid, after)
	}

	customer := s.account.Customers()[0].ID
	s.account.SetCard(customer, stripetest.Declines)
	s.advance(t, 31*day)
	s.holds(t, "after a failed renewal", entitlement.Pro, entitlement.PastDue)
	s.advance(t, 5*day)
	s.holds(t, "within the grace", entitlement.Pro, entitlement.PastDue)
	grace := s.row(t, ann).GraceUntil
	if now := s.account.Now(); grace.Before(now) || grace.After(now.Add(entitlement.Grace)) {
		t.Errorf("grace until %v at %v", grace, now)
	}
	s.advance(t, 3*day)
	s.holds(t, "after the grace", entitlement.Free, entitlement.PastDue)
	s.account.SetCard(customer, stripetest.Good)
	s.account.PayInvoices(s.account.Subscriptions()[0].ID)
	s.deliver(t)
	s.holds(t, "after paying what was owed", entitlement.Pro, entitlement.Active)

	s.account.CancelSubscription(s.account.Subscriptions()[0].ID, true)
	s.deliver(t)
	s.holds(t, "with the end decided", entitlement.Pro, entitlement.Active)
	if v := s.row(t, ann).ViewAt(s.account.Now()); v.NextStep != entitlement.Keep || v.CancelAt == nil {
		t.Errorf("the view does not say that it ends: %+v", v)
	}
	s.advance(t, 31*day)
	s.holds(t, "after the end", entitlement.Free, entitlement.Canceled)
	again, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "team"})
	if err != nil || !s.account.Pay(again.ID, stripetest.Good) {
		t.Fatalf("coming back: %+v, %v", again, err)
	}
	s.deliver(t)
	s.holds(t, "back as team", entitlement.Team, entitlement.Active)
	if n := len(s.account.Customers()); n != 1 {
		t.Errorf("%d customers, want 1", n)
	}
}

func TestEveryStateOfASubscription(t *testing.T) {
	t.Parallel()
	only := func(s *shop) string { return s.account.Subscriptions()[0].ID }
	tests := []struct {
		name   string
		card   stripetest.Card
		trial  int
		do     func(t *testing.T, s *shop, customer string)
		tier   entitlement.Tier
		status entitlement.Status
	}{
		{name: "paid", card: stripetest.Good, tier: entitlement.Pro, status: entitlement.Active},
		{name: "on trial without a card", trial: 14, tier: entitlement.Pro, status: entitlement.Trialing},
		{
			name: "trial over without a card", trial: 14, tier: entitlement.Free, status: entitlement.Canceled,
			do: func(t *testing.T, s *shop, _ string) { s.advance(t, 15*day) },
		},
		{
			name: "trial over with a card", card: stripetest.Good, trial: 14, tier: entitlement.Pro, status: entitlement.Active,
			do: func(t *testing.T, s *shop, _ string) { s.advance(t, 15*day) },
		},
		{
			name: "3-D Secure pending", card: stripetest.Authenticate, tier: entitlement.Free, status: entitlement.Incomplete,
		},
		{
			name: "3-D Secure never confirmed", card: stripetest.Authenticate, tier: entitlement.Free, status: entitlement.IncompleteExpired,
			do: func(t *testing.T, s *shop, _ string) { s.advance(t, day) },
		},
		{
			name: "3-D Secure confirmed", card: stripetest.Authenticate, tier: entitlement.Pro, status: entitlement.Active,
			do: func(_ *testing.T, s *shop, _ string) { s.account.Pay(s.account.Sessions()[0].ID, stripetest.Good) },
		},
		{
			name: "renewed twice", card: stripetest.Good, tier: entitlement.Pro, status: entitlement.Active,
			do: func(t *testing.T, s *shop, _ string) { s.advance(t, 62*day) },
		},
		{
			name: "dunning over", card: stripetest.Good, tier: entitlement.Free, status: entitlement.Canceled,
			do: func(t *testing.T, s *shop, customer string) {
				s.account.SetCard(customer, stripetest.Declines)
				s.advance(t, 45*day)
			},
		},
		{
			name: "left past due for good: the grace does not begin anew each month", card: stripetest.Good, tier: entitlement.Free, status: entitlement.PastDue,
			do: func(t *testing.T, s *shop, customer string) {
				s.account.SetSettings(stripetest.Settings{AfterDunning: "past_due"})
				s.account.SetCard(customer, stripetest.Declines)
				s.advance(t, 62*day)
			},
		},
		{
			name: "collection paused", card: stripetest.Good, tier: entitlement.Pro, status: entitlement.Active,
			do: func(t *testing.T, s *shop, _ string) {
				s.account.PauseCollection(only(s), "void")
				s.advance(t, 40*day)
			},
		},
		{
			name: "switched to team", card: stripetest.Good, tier: entitlement.Team, status: entitlement.Active,
			do: func(_ *testing.T, s *shop, _ string) { s.account.SwitchPrice(only(s), "team_monthly") },
		},
		{
			name: "its price lost the lookup key to a newer one", card: stripetest.Good, tier: entitlement.Pro, status: entitlement.Active,
			do: func(t *testing.T, s *shop, _ string) {
				s.account.AddPrice("price_pro_2027", "prod_pro", "pro_monthly", 3500)
				s.advance(t, 31*day)
			},
		},
		{
			name: "customer deleted", card: stripetest.Good, tier: entitlement.Free, status: entitlement.Canceled,
			do: func(_ *testing.T, s *shop, customer string) { s.account.DeleteCustomer(customer) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			customer := s.customer(t, ann)
			s.account.Subscribe(customer, "pro_monthly", tt.card, tt.trial)
			s.deliver(t)
			if tt.do != nil {
				tt.do(t, s, customer)
			}
			s.deliver(t)
			s.holds(t, tt.name, tt.tier, tt.status)
		})
	}
}
