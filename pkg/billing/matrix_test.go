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
)

// made is an event of a type about the shop's one subscription, in the account's
// words, with an id of its own.
func (s *shop) made(t testing.TB, kind, id string, created time.Time, live bool) []byte {
	t.Helper()
	sub := s.account.Subscriptions()[0]
	inv := s.account.Invoices()[0]
	object := map[string]string{
		"checkout":     fmt.Sprintf(`{"id":%q,"object":"checkout.session","customer":%q,"client_reference_id":%q}`, s.account.Sessions()[0].ID, sub.Customer, ann.Sub),
		"customer":     fmt.Sprintf(`{"id":%q,"object":"customer","metadata":{"cognito_sub":%q}}`, sub.Customer, ann.Sub),
		"invoice":      fmt.Sprintf(`{"id":%q,"object":"invoice","customer":%q,"subscription_details":{"metadata":{"cognito_sub":%q}}}`, inv.ID, sub.Customer, ann.Sub),
		"charge":       fmt.Sprintf(`{"id":%q,"object":"charge","customer":%q}`, inv.Charge, sub.Customer),
		"entitlements": fmt.Sprintf(`{"object":"entitlements.active_entitlement_summary","customer":%q}`, sub.Customer),
	}[strings.SplitN(kind, ".", 2)[0]]
	switch {
	case strings.HasPrefix(kind, "customer.subscription."):
		object = fmt.Sprintf(`{"id":%q,"object":"subscription","customer":%q,"metadata":{"cognito_sub":%q}}`, sub.ID, sub.Customer, ann.Sub)
	case strings.HasPrefix(kind, "charge.dispute."):
		object = fmt.Sprintf(`{"id":%q,"object":"dispute","charge":%q}`, s.dispute, inv.Charge)
	}
	return fmt.Appendf(nil, `{"id":%q,"object":"event","api_version":"2023-10-16","created":%d,"livemode":%v,"type":%q,"data":{"object":%s}}`, id, created.Unix(), live, kind, object)
}

// post delivers a body, signed now.
func (s *shop) post(t testing.TB, body []byte) (billing.Receipt, error) {
	t.Helper()
	return s.receiver.Receive(t.Context(), stripetest.Sign(body, s.Now(), whsec), body)
}

// TestEveryTypeInEverySituation crosses each type of event with the ways in
// which it may come. Whatever comes, the row ends as Stripe's state.
func TestEveryTypeInEverySituation(t *testing.T) {
	t.Parallel()
	situations := []struct {
		name string
		do   func(t *testing.T, s *shop, kind string)
	}{
		{"first", func(t *testing.T, s *shop, kind string) {
			got, err := s.post(t, s.made(t, kind, "evt_1", s.Now(), false))
			if err != nil || got.Outcome != billing.Applied {
				t.Errorf("%+v, %v", got, err)
			}
		}},
		{"twice", func(t *testing.T, s *shop, kind string) {
			body := s.made(t, kind, "evt_1", s.Now(), false)
			_, _ = s.post(t, body)
			calls := len(s.account.Requests())
			if got, err := s.post(t, body); err != nil || got.Outcome != billing.Duplicate {
				t.Errorf("%+v, %v", got, err)
			}
			if n := len(s.account.Requests()) - calls; n != 0 {
				t.Errorf("a duplicate made %d calls to Stripe", n)
			}
		}},
		{"twice at once", func(t *testing.T, s *shop, kind string) {
			body := s.made(t, kind, "evt_1", s.Now(), false)
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if got, err := s.post(t, body); err != nil && !errors.Is(err, billing.ErrBusy) {
						t.Errorf("%+v, %v", got, err)
					}
				})
			}
			wg.Wait()
		}},
		{"older than what is stored", func(t *testing.T, s *shop, kind string) {
			_, _ = s.post(t, s.made(t, kind, "evt_2", s.Now(), false))
			if got, err := s.post(t, s.made(t, kind, "evt_1", s.Now().Add(-time.Hour), false)); err != nil || got.Outcome != billing.Applied {
				t.Errorf("%+v, %v", got, err)
			}
		}},
		{"two of the same second", func(t *testing.T, s *shop, kind string) {
			for _, id := range []string{"evt_1", "evt_2"} {
				if got, err := s.post(t, s.made(t, kind, id, s.Now(), false)); err != nil || got.Outcome != billing.Applied {
					t.Errorf("%s: %+v, %v", id, got, err)
				}
			}
		}},
		{"of a deleted customer", func(t *testing.T, s *shop, kind string) {
			body := s.made(t, kind, "evt_1", s.Now(), false)
			s.account.DeleteCustomer(s.account.Subscriptions()[0].Customer)
			if got, err := s.post(t, body); err != nil || got.Outcome != billing.Applied {
				t.Errorf("%+v, %v", got, err)
			}
		}},
		{"of live mode", func(t *testing.T, s *shop, kind string) {
			if got, err := s.post(t, s.made(t, kind, "evt_1", s.Now(), true)); !errors.Is(err, billing.ErrMode) {
				t.Errorf("%+v, %v, want %v", got, err, billing.ErrMode)
			}
			if s.event(t, "evt_1") != nil {
				t.Error("a refused event is in the ledger")
			}
		}},
	}
	s := newShop(t) // one engine and one account for all; each case has its own events
	for _, kind := range billing.EventTypes() {
		for _, x := range situations {
			t.Run(kind+" "+x.name, func(t *testing.T) {
				m := newModel(t, s)
				defer m.forget(t)
				m.account.Subscribe(m.customer, "pro_monthly", stripetest.Good, 0)
				if strings.HasPrefix(kind, "charge.dispute.") {
					m.dispute = m.account.Dispute(m.charge())
				}
				if kind == "charge.refunded" {
					m.account.Refund(m.charge(), 0)
				}
				x.do(t, m.shop, kind)
				if x.name != "of live mode" {
					m.projected(t)
				}
				m.clear(t, "evt_1", "evt_2")
			})
		}
	}
}

// projected fails unless the row is what Stripe says now.
func (m *model) projected(t *testing.T) {
	t.Helper()
	st, err := m.api.Standing(t.Context(), m.customer)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.row(t, ann).Entitlement, entitlement.Reduce(st.Subscriptions, st.At); !got.Equal(want) {
		t.Errorf("the row says %s, Stripe says %s", say(got), say(want))
	}
}
