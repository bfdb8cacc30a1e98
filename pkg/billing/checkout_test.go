package billing_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// customerShop is a shop with one user who accepted the terms and has a customer.
func customerShop(t testing.TB) (*shop, string) {
	t.Helper()
	s := newShop(t)
	s.accept(t, ann)
	return s, s.customer(t, ann)
}

func TestStartAsksStripeForExactlyThis(t *testing.T) {
	t.Parallel()
	s, customer := customerShop(t)
	s.checkout.TrialDays, s.checkout.AutomaticTax = 14, true
	if _, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "team", PromotionCode: "launch20"}); err != nil {
		t.Fatal(err)
	}
	requests := s.account.Requests()
	last := requests[len(requests)-1]
	want := map[string]string{
		"mode": "subscription", "customer": customer, "client_reference_id": sub,
		"line_items[0][price]": "price_team_monthly", "line_items[0][quantity]": "1",
		"metadata[cognito_sub]": sub, "metadata[tier]": "team", "subscription_data[metadata][cognito_sub]": sub,
		"subscription_data[trial_period_days]":                                    "14",
		"subscription_data[trial_settings][end_behavior][missing_payment_method]": "cancel",
		"payment_method_collection":                                               "if_required",
		"discounts[0][promotion_code]":                                            "promo_launch20",
		"automatic_tax[enabled]":                                                  "true", "customer_update[address]": "auto", "customer_update[name]": "auto",
		"success_url": "https://callanalyst.app/checkout/success?session_id={CHECKOUT_SESSION_ID}",
		"cancel_url":  "https://callanalyst.app/checkout/canceled",
	}
	for name, value := range want {
		if got := last.Form.Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	if len(last.Form) != len(want) {
		t.Errorf("%d parameters, want %d: %v", len(last.Form), len(want), last.Form)
	}
	if !strings.HasPrefix(last.IdempotencyKey, "co_"+sub+"_") {
		t.Errorf("idempotency key = %q", last.IdempotencyKey)
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		wish   billing.Wish
		before func(t *testing.T, s *shop, customer string)
		want   error
	}{
		{name: "the free plan", wish: billing.Wish{Tier: "free"}, want: billing.ErrTier},
		{name: "a plan that there is not", wish: billing.Wish{Tier: "gold"}, want: billing.ErrTier},
		{name: "no plan", want: billing.ErrTier},
		{name: "an unknown promotion code", wish: billing.Wish{Tier: "pro", PromotionCode: "FREE"}, want: billing.ErrPromotion},
		{name: "a promotion code without end", wish: billing.Wish{Tier: "pro", PromotionCode: strings.Repeat("A", 100)}, want: billing.ErrPromotion},
		{
			name: "a promotion code that is over", wish: billing.Wish{Tier: "pro", PromotionCode: "LAUNCH20"}, want: billing.ErrPromotion,
			before: func(_ *testing.T, s *shop, _ string) { s.account.SetPromotion("promo_launch20", false) },
		},
		{
			name: "Stripe down", wish: billing.Wish{Tier: "pro"}, want: billing.ErrUnavailable,
			before: func(_ *testing.T, s *shop, _ string) { s.account.Inject(stripetest.Fault{Status: 503}) },
		},
		{
			name: "Stripe down for sessions", wish: billing.Wish{Tier: "pro"}, want: billing.ErrUnavailable,
			before: func(_ *testing.T, s *shop, _ string) {
				s.account.Inject(stripetest.Fault{Match: "POST /v1/checkout", Status: 500})
			},
		},
		{
			name: "no price for the plan", wish: billing.Wish{Tier: "pro"}, want: billing.ErrUnavailable,
			before: func(_ *testing.T, s *shop, _ string) {
				s.account.AddPrice("price_x", "prod_pro", "pro_monthly_2027", 1)
				s.account.AddPrice("", "prod_pro", "pro_monthly", 1)
				s.account.Archive("pro_monthly")
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, customer := customerShop(t)
			if tt.before != nil {
				tt.before(t, s, customer)
			}
			x, err := s.checkout.Start(t.Context(), ann, tt.wish)
			if !errors.Is(err, tt.want) {
				t.Errorf("Start(%+v) = %+v, %v, want %v", tt.wish, x, err, tt.want)
			}
			if n := len(s.account.Sessions()); n != 0 {
				t.Errorf("%d sessions were made", n)
			}
		})
	}
}

func TestStartNeedsTheTermsAndAnOpenAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if _, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"}); !errors.Is(err, errTerms) {
		t.Errorf("without the terms: %v, want %v", err, errTerms)
	}
	if n := s.count("POST"); n != 0 {
		t.Errorf("%d things were made in Stripe for somebody who is refused", n)
	}
}

// A customer has one subscription: whoever has one goes to the portal.
func TestStartWithASubscription(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		card    stripetest.Card
		trial   int
		after   func(s *shop, customer string)
		blocked bool
	}{
		{name: "active", card: stripetest.Good, blocked: true},
		{name: "trialing", trial: 7, blocked: true},
		{name: "past due", card: stripetest.Good, blocked: true, after: func(s *shop, customer string) {
			s.account.SetCard(customer, stripetest.Declines)
			s.account.Advance(32 * day)
		}},
		{name: "unpaid", card: stripetest.Good, blocked: true, after: func(s *shop, customer string) {
			s.account.SetSettings(stripetest.Settings{AfterDunning: "unpaid"})
			s.account.SetCard(customer, stripetest.Declines)
			s.account.Advance(45 * day)
		}},
		{name: "about to end", card: stripetest.Good, blocked: true, after: func(s *shop, _ string) {
			s.account.CancelSubscription(s.account.Subscriptions()[0].ID, true)
		}},
		{name: "canceled", card: stripetest.Good, after: func(s *shop, _ string) {
			s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
		}},
		{name: "never paid", card: stripetest.Authenticate, after: func(s *shop, _ string) { s.account.Advance(2 * day) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, customer := customerShop(t)
			s.account.Subscribe(customer, "pro_monthly", tt.card, tt.trial)
			if tt.after != nil {
				tt.after(s, customer)
			}
			x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
			var has *billing.AlreadySubscribed
			if errors.As(err, &has) != tt.blocked || (err != nil && !tt.blocked) {
				t.Fatalf("Start = %+v, %v, want blocked = %v", x, err, tt.blocked)
			}
			if tt.blocked && (!errors.Is(err, billing.ErrSubscribed) || fault.Of(err).Kind != fault.Conflict || !strings.Contains(has.PortalURL, "/p/session/bps_")) {
				t.Errorf("refused with %v, portal %q", err, has.PortalURL)
			}
		})
	}
}

func TestStartAgain(t *testing.T) {
	t.Parallel()
	pro := billing.Wish{Tier: "pro"}
	tests := []struct {
		name    string
		between func(t *testing.T, s *shop, first billing.Session)
		wish    billing.Wish
		same    bool
		expired bool // whether the first session is closed afterwards
	}{
		{name: "a double click gets the same session", wish: pro, same: true},
		{name: "ten hours later too", wish: pro, same: true, between: func(_ *testing.T, s *shop, _ billing.Session) { s.add(10 * time.Hour) }},
		{name: "another plan closes the first session", wish: billing.Wish{Tier: "team"}, expired: true},
		{name: "a promotion code closes the first session", wish: billing.Wish{Tier: "pro", PromotionCode: "LAUNCH20"}, expired: true},
		{name: "a session that has expired is replaced", wish: pro, expired: true, between: func(_ *testing.T, s *shop, _ billing.Session) { s.account.Advance(25 * time.Hour) }},
		{name: "waiting for 3-D Secure, the same session is where to confirm", wish: pro, same: true, between: func(_ *testing.T, s *shop, x billing.Session) {
			s.account.Pay(x.ID, stripetest.Authenticate)
		}},
		{
			name: "whoever paid and left within the day gets a new session", wish: pro,
			between: func(t *testing.T, s *shop, x billing.Session) {
				if !s.account.Pay(x.ID, stripetest.Good) {
					t.Fatal("not paid")
				}
				s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _ := customerShop(t)
			first, err := s.checkout.Start(t.Context(), ann, pro)
			if err != nil {
				t.Fatal(err)
			}
			if tt.between != nil {
				tt.between(t, s, first)
			}
			second, err := s.checkout.Start(t.Context(), ann, tt.wish)
			if err != nil || (second.ID == first.ID) != tt.same || second.Status != "open" || second.URL == "" {
				t.Fatalf("second = %+v, %v; first was %s, want the same = %v", second, err, first.ID, tt.same)
			}
			again, err := s.api.GetSession(t.Context(), first.ID)
			if err != nil || (again.Status == "expired") != tt.expired {
				t.Errorf("the first session is %s, %v, want expired = %v", again.Status, err, tt.expired)
			}
		})
	}
}

func TestStartFiftyTimesAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.accept(t, ann)
	s.account.Inject(stripetest.Fault{Match: "POST", Latency: 30 * time.Millisecond})
	var wg sync.WaitGroup
	ids := make(chan string, 50)
	for range cap(ids) {
		wg.Go(func() {
			x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
			if err != nil {
				t.Error(err)
			}
			ids <- x.ID
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("one click got %s, another %s", id, first)
		}
	}
	if c, x := len(s.account.Customers()), len(s.account.Sessions()); c != 1 || x != 1 {
		t.Errorf("%d customers, %d sessions; want 1 and 1", c, x)
	}
}

// Stripe keeps the answer to a key, failures too.
func TestStartPassesAStoredFailure(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("having done the work: %v", after), func(t *testing.T) {
			t.Parallel()
			s, _ := customerShop(t)
			s.account.Inject(stripetest.Fault{Match: "POST /v1/checkout/sessions", Times: 1, Status: 500, After: after})
			x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
			if err != nil || x.Status != "open" {
				t.Fatalf("Start = %+v, %v", x, err)
			}
			open := 0
			for _, y := range s.account.Sessions() {
				if y.Status == "open" {
					open++
				}
			}
			if open != 1 {
				t.Errorf("%d open sessions, want 1: the one nobody was told of can be paid too", open)
			}
		})
	}
}

func TestStartWithADeletedCustomer(t *testing.T) {
	t.Parallel()
	s, gone := customerShop(t)
	s.account.DeleteCustomer(gone)
	x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
	if err != nil {
		t.Fatal(err)
	}
	row := s.row(t, ann)
	if row.CustomerID == gone || x.Customer != row.CustomerID {
		t.Errorf("the session is for %s, the row has %s, the deleted one was %s", x.Customer, row.CustomerID, gone)
	}
	if !s.account.Pay(x.ID, stripetest.Good) {
		t.Fatal("not paid")
	}
	s.deliver(t)
	s.holds(t, "with the new customer", entitlement.Pro, entitlement.Active)
}

func TestATrialIsForTheFirstTime(t *testing.T) {
	t.Parallel()
	s, _ := customerShop(t)
	s.checkout.TrialDays = 14
	for i, want := range []int{14, 0} {
		x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.account.Sessions()[0].TrialDays; got != want {
			t.Errorf("checkout %d has a trial of %d days, want %d", i+1, got, want)
		}
		s.account.Pay(x.ID, stripetest.Good)
		s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
	}
}
