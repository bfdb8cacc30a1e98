package billing_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
)

func TestLook(t *testing.T) {
	t.Parallel()
	s, _ := customerShop(t)
	x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
	if err != nil {
		t.Fatal(err)
	}
	bob := billing.Person{Sub: "0c6f5f0f-0000-4000-8000-000000000002", Username: "bob"}
	s.accept(t, bob)
	tests := []struct {
		name   string
		who    billing.Person
		id     string
		before func()
		want   error
		status string
		tier   entitlement.Tier
	}{
		{name: "open", who: ann, id: x.ID, status: "open", tier: entitlement.Free},
		{name: "somebody else's", who: bob, id: x.ID, want: billing.ErrNoSession},
		{name: "nobody's", who: ann, id: "cs_test_none", want: billing.ErrNoSession},
		{name: "no id of a session", who: ann, id: "../customers/cus_1", want: billing.ErrNoSession},
		{name: "an id without end", who: ann, id: "cs_" + strings.Repeat("a", 300), want: billing.ErrNoSession},
		{name: "an empty id", who: ann, want: billing.ErrNoSession},
		{name: "waiting for 3-D Secure", who: ann, id: x.ID, status: "open", tier: entitlement.Free, before: func() { s.account.Pay(x.ID, stripetest.Authenticate) }},
		{name: "paid", who: ann, id: x.ID, status: "complete", tier: entitlement.Pro, before: func() { s.account.Pay(x.ID, stripetest.Good) }},
		{name: "Stripe down", who: ann, id: x.ID, want: billing.ErrUnavailable, before: func() { s.account.Inject(stripetest.Fault{Status: 500}) }},
	}
	for _, tt := range tests {
		if tt.before != nil {
			tt.before()
		}
		got, err := s.visit.Look(t.Context(), tt.who, tt.id)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err == nil && (got.Status != tt.status || got.Entitlement.Tier != tt.tier || got.Tier != "pro") {
			t.Errorf("%s: %+v, want %s %s", tt.name, got, tt.status, tt.tier)
		}
	}
}

func TestLookNeedsTheTerms(t *testing.T) {
	t.Parallel()
	s, _ := customerShop(t)
	x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
	if err != nil {
		t.Fatal(err)
	}
	s.visit.Terms = terms("2027-01-01")
	if _, err := s.visit.Look(t.Context(), ann, x.ID); !errors.Is(err, errTerms) {
		t.Errorf("Look with stale terms: %v, want %v", err, errTerms)
	}
}

func TestPortal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(t *testing.T, s *shop)
		want   error
	}{
		{name: "a customer", before: func(t *testing.T, s *shop) { s.customer(t, ann) }},
		{name: "nobody's customer yet"},
		{name: "a deleted customer", before: func(t *testing.T, s *shop) { s.account.DeleteCustomer(s.customer(t, ann)) }},
		{name: "a portal without configuration", want: billing.ErrUnavailable, before: func(t *testing.T, s *shop) {
			s.customer(t, ann)
			s.account.SetSettings(stripetest.Settings{NoPortal: true})
		}},
		{name: "Stripe down", want: billing.ErrUnavailable, before: func(_ *testing.T, s *shop) { s.account.Inject(stripetest.Fault{Drop: true}) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.accept(t, ann)
			if tt.before != nil {
				tt.before(t, s)
			}
			url, err := s.portal.Open(t.Context(), ann)
			if !errors.Is(err, tt.want) || (err == nil) != strings.Contains(url, "/p/session/bps_") {
				t.Fatalf("Open = %q, %v, want %v", url, err, tt.want)
			}
			if live := s.account.Customers(); err == nil && (len(live) != 1 || s.row(t, ann).CustomerID != live[0].ID) {
				t.Errorf("%d live customers, row has %s", len(live), s.row(t, ann).CustomerID)
			}
		})
	}
	s := newShop(t)
	if _, err := s.portal.Open(t.Context(), ann); !errors.Is(err, errTerms) {
		t.Errorf("without the terms: %v, want %v", err, errTerms)
	}
}

func TestPricesAreRemembered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	prices := &billing.Prices{Stripe: s.api, Now: s.Now}
	of := func() (string, error) { return prices.Of(t.Context(), entitlement.PlanOf(entitlement.Pro)) }
	for range 3 {
		if id, err := of(); err != nil || id != "price_pro_monthly" {
			t.Fatalf("Of(pro) = %q, %v", id, err)
		}
	}
	if n := s.count("GET /v1/prices"); n != 1 {
		t.Errorf("%d lookups for three questions, want 1", n)
	}
	s.account.AddPrice("price_pro_2027", "prod_pro", "pro_monthly", 3500)
	s.add(6 * time.Minute)
	if id, err := of(); err != nil || id != "price_pro_2027" {
		t.Errorf("after finance moved the key: %q, %v", id, err)
	}
	s.add(6 * time.Minute)
	s.account.Inject(stripetest.Fault{Status: 500})
	if id, err := of(); err != nil || id != "price_pro_2027" {
		t.Errorf("with Stripe down: %q, %v, want the price that was known", id, err)
	}
	if _, err := (&billing.Prices{Stripe: s.api, Now: s.Now}).Of(t.Context(), entitlement.PlanOf(entitlement.Pro)); err == nil {
		t.Error("with Stripe down and nothing known: no error")
	}
}

// deaf knows nobody's e-mail.
type deaf struct{}

func (deaf) Email(context.Context, billing.Person) (string, error) {
	return "", errors.New("throttled")
}

func TestACustomerWithoutAnEmailIsBetterThanNone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.accept(t, ann)
	s.checkout.Customers.Emails = deaf{}
	if _, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"}); err != nil {
		t.Fatal(err)
	}
	if all := s.account.Customers(); len(all) != 1 || all[0].Email != "" {
		t.Errorf("customers %+v, want one without e-mail", all)
	}
}
