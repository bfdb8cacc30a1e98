package billing_test

import (
	"context"
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

// subscriber is a shop with one paying user whose events are not delivered yet.
func subscriber(t testing.TB) *shop {
	t.Helper()
	s := newShop(t)
	s.account.Subscribe(s.customer(t, ann), "pro_monthly", stripetest.Good, 0)
	return s
}

func (s *shop) receive(t testing.TB, kind string) (billing.Receipt, error) {
	t.Helper()
	header, body := s.webhook(t, kind)
	return s.receiver.Receive(t.Context(), header, body)
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(s *shop, header string, body []byte) (string, []byte)
		want error
	}{
		{name: "a forged signature", want: billing.ErrSignature, do: func(s *shop, _ string, body []byte) (string, []byte) {
			return stripetest.Sign(body, s.Now(), "whsec_of_somebody_else"), body
		}},
		{name: "a replay from an hour ago", want: billing.ErrSignature, do: func(s *shop, header string, body []byte) (string, []byte) {
			s.add(time.Hour)
			return header, body
		}},
		{name: "a signature from tomorrow", want: billing.ErrSignature, do: func(s *shop, _ string, body []byte) (string, []byte) {
			return stripetest.Sign(body, s.Now().Add(24*time.Hour), whsec), body
		}},
		{name: "the other mode", want: billing.ErrMode, do: func(s *shop, _ string, body []byte) (string, []byte) {
			live := []byte(strings.Replace(string(body), `"livemode":false,"object":"event"`, `"livemode":true,"object":"event"`, 1))
			return stripetest.Sign(live, s.Now(), whsec), live
		}},
		{name: "too large a body", want: billing.ErrBodyTooLarge, do: func(s *shop, _ string, body []byte) (string, []byte) {
			large := append(body, strings.Repeat(" ", billing.MaxWebhookBody)...)
			return stripetest.Sign(large, s.Now(), whsec), large
		}},
		{name: "no event", want: billing.ErrEvent, do: func(s *shop, _ string, _ []byte) (string, []byte) {
			return stripetest.Sign([]byte("[]"), s.Now(), whsec), []byte("[]")
		}},
		{name: "a body signed with an empty secret", want: billing.ErrNoSecret, do: func(s *shop, _ string, body []byte) (string, []byte) {
			s.receiver.Signatures = &billing.Signatures{Secrets: billing.FixedWebhooks(""), Now: s.Now}
			return stripetest.Sign(body, s.Now(), ""), body
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := subscriber(t)
			header, body := s.webhook(t, "customer.subscription.updated")
			before := len(s.account.Requests())
			header, body = tt.do(s, header, body)
			_, err := s.receiver.Receive(t.Context(), header, body)
			if !errors.Is(err, tt.want) {
				t.Errorf("Receive = %v, want %v", err, tt.want)
			}
			if n := len(s.account.Requests()) - before; n != 0 {
				t.Errorf("a refused webhook made %d calls to Stripe", n)
			}
			s.holds(t, "after a refused webhook", entitlement.Free, entitlement.None)
		})
	}
}

func TestReceiveOutcomes(t *testing.T) {
	t.Parallel()
	const updated = "customer.subscription.updated"
	tests := []struct {
		name   string
		before func(t *testing.T, s *shop)
		kind   string
		want   billing.Outcome
		tier   entitlement.Tier
		log    string
	}{
		{name: "applied", kind: updated, want: billing.Applied, tier: entitlement.Pro},
		{name: "an event that names no user", kind: "customer.subscription.updated", want: billing.Applied, tier: entitlement.Pro},
		{name: "a type of no concern", kind: "invoice.finalized", want: billing.Ignored, tier: entitlement.Free},
		{name: "somebody of another product", kind: updated, want: billing.UnknownCustomer, tier: entitlement.Free, before: func(_ *testing.T, s *shop) {
			s.account.Subscribe(s.account.AddCustomer("bob@example.com", nil), "pro_monthly", stripetest.Good, 0)
		}},
		{
			name: "a second customer of the user", kind: updated, want: billing.OtherCustomer, tier: entitlement.Free, log: "PAID_ON_OTHER_CUSTOMER",
			before: func(_ *testing.T, s *shop) {
				s.account.Subscribe(s.account.AddCustomer("ann@example.com", mine()), "team_monthly", stripetest.Good, 0)
			},
		},
		{
			name: "a price of no plan", kind: updated, want: billing.Applied, tier: entitlement.Free, log: "PAID_FOR_UNKNOWN_PRICE",
			before: func(_ *testing.T, s *shop) {
				s.account.AddPrice("price_gold", "prod_pro", "gold_monthly", 1)
				s.account.SwitchPrice(s.account.Subscriptions()[0].ID, "gold_monthly")
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := subscriber(t)
			if tt.before != nil {
				tt.before(t, s)
			}
			header, body := s.webhook(t, tt.kind)
			if tt.name == "an event that names no user" {
				body = []byte(strings.ReplaceAll(string(body), `"cognito_sub"`, `"x"`))
				header = stripetest.Sign(body, s.Now(), whsec)
			}
			got, err := s.receiver.Receive(t.Context(), header, body)
			if err != nil || got.Outcome != tt.want {
				t.Fatalf("Receive(%s) = %+v, %v, want %s", tt.kind, got, err, tt.want)
			}
			if tier := s.row(t, ann).Holds(s.Now()); tier != tt.tier {
				t.Errorf("the user holds %s, want %s", tier, tt.tier)
			}
			kept := s.event(t, got.Event)
			if state, outcome := fmt.Sprint(kept["state"]), fmt.Sprint(kept["outcome"]); !strings.Contains(state, "done") || !strings.Contains(outcome, string(tt.want)) {
				t.Errorf("the ledger says %s %s, want done %s", state, outcome, tt.want)
			}
			if tt.log != "" && !strings.Contains(s.log.String(), `"code":"`+tt.log+`"`) {
				t.Errorf("no line %s in %s", tt.log, s.log.String())
			}
			for _, text := range []string{"@example.com", whsec, stripetest.TestKey} {
				if strings.Contains(s.log.String(), text) {
					t.Errorf("the log holds %s", text)
				}
			}
		})
	}
}

func TestReceiveTheSameEventTwentyTimesAtOnce(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	header, body := s.webhook(t, "customer.subscription.updated")
	before := s.count("GET /v1/subscriptions")
	var wg sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[string]int{}
	for range 20 {
		wg.Go(func() {
			got, err := s.receiver.Receive(t.Context(), header, body)
			key := string(got.Outcome)
			if err != nil {
				key = fault.Of(err).Code
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[key]++
		})
	}
	wg.Wait()
	if outcomes["applied"] != 1 || outcomes["applied"]+outcomes["duplicate"]+outcomes["EVENT_IN_PROGRESS"] != 20 {
		t.Errorf("outcomes = %v, want one applied, and duplicates or in progress", outcomes)
	}
	if n := s.count("GET /v1/subscriptions") - before; n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
	if v := s.row(t, ann).Version; v != 2 {
		t.Errorf("version = %d after the link and one event, want 2", v)
	}
}

// A run that failed gives the event back: the next delivery need not wait.
func TestReceiveAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	remove := s.account.Inject(stripetest.Fault{Match: "GET /v1/subscriptions", Status: 503})
	_, err := s.receive(t, "customer.subscription.updated")
	if f := fault.Of(err); f.Kind != fault.Unavailable {
		t.Fatalf("with Stripe down: %v, want Unavailable", err)
	}
	remove()
	e, err := billing.ParseEvent(s.newestEvent("customer.subscription.updated"))
	if err != nil {
		t.Fatal(err)
	}
	if kept := fmt.Sprint(s.event(t, e.ID)["last_error"]); !strings.Contains(kept, "UPSTREAM_UNAVAILABLE") {
		t.Errorf("the ledger says %s went wrong", kept)
	}
	got, err := s.receive(t, "customer.subscription.updated")
	if err != nil || got.Outcome != billing.Applied {
		t.Errorf("right after: %+v, %v, want applied", got, err)
	}
}

// A process that dies holds the event for its lease, and no longer.
func TestReceiveAfterADeath(t *testing.T) {
	t.Parallel()
	const kind = "customer.subscription.updated"
	for step := range 5 {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("at step %d, after it %v", step, after), func(t *testing.T) {
				t.Parallel()
				s := subscriber(t)
				header, body := s.webhook(t, kind)
				l := longLife()
				l.dies, l.after = step, after
				_, err := s.process(l).Receive(t.Context(), header, body)
				died := errors.Is(err, errDead)
				got, err := s.receive(t, kind)
				if err != nil && !errors.Is(err, billing.ErrBusy) {
					t.Fatalf("while the lease lasts: %+v, %v", got, err)
				}
				s.add(leaseInTests)
				got, err = s.receive(t, kind)
				if err != nil || (got.Outcome != billing.Applied && got.Outcome != billing.Duplicate) {
					t.Fatalf("after the lease: %+v, %v", got, err)
				}
				if !died && step < 4 {
					t.Errorf("nobody died at step %d", step)
				}
				s.holds(t, "after the lease", entitlement.Pro, entitlement.Active)
			})
		}
	}
}

// Somebody's slow look at an older state must not land after a quick look that
// found nothing to change.
func TestAQuickLookThatChangesNothingStopsASlowerOne(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	s.deliver(t)
	before := s.row(t, ann)
	m := &model{shop: s, told: map[string]bool{}, lost: map[string]bool{}}
	id := s.account.Subscriptions()[0].ID
	m.account.CancelSubscription(id, true)
	m.begin(t.Context(), m.newest(), 3) // has seen the cancellation, has not written it
	if len(m.stalled) != 1 {
		t.Fatal("the slow process did not stall")
	}
	m.account.KeepSubscription(id)
	if err := m.deliverOne(t.Context(), m.newest(), longLife()); err != nil {
		t.Fatal(err)
	}
	m.goOn()
	if after := s.row(t, ann); !after.Equal(before.Entitlement) {
		t.Errorf("the row went from %s to %s; Stripe's state is the first", say(before.Entitlement), say(after.Entitlement))
	}
}

// A process whose lease ran out must not end an event that another run has.
func TestAnOutrunProcessCannotEndTheEvent(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	e, err := billing.ParseEvent(s.newestEvent("customer.subscription.updated"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.ledger.Claim(t.Context(), e, time.Second, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ledger.Claim(t.Context(), e, time.Second, false); !errors.Is(err, billing.ErrBusy) {
		t.Fatalf("a second claim within the lease: %v, want %v", err, billing.ErrBusy)
	}
	s.add(time.Second)
	second, err := s.ledger.Claim(t.Context(), e, time.Minute, false)
	if err != nil || second.Fence <= first.Fence {
		t.Fatalf("after the lease: %+v, %v, want a higher fence than %d", second, err, first.Fence)
	}
	change := entitlement.Project(s.row(t, ann), s.row(t, ann).CustomerID, entitlement.Reduce(nil, s.Now()), s.Now())
	if err := s.ledger.Commit(t.Context(), change, &first, billing.Applied, ""); err == nil {
		t.Error("the outrun process committed")
	}
	if v := s.row(t, ann).Version; v != 1 {
		t.Errorf("version = %d: half of the transaction was written", v)
	}
	if err := s.ledger.Finish(t.Context(), first, billing.Ignored, ""); err == nil {
		t.Error("the outrun process ended the event")
	}
	if err := s.ledger.Release(t.Context(), first, "X"); err == nil {
		t.Error("the outrun process gave the event away")
	}
	if err := s.ledger.Commit(t.Context(), change, &second, billing.Applied, "cus_1"); err != nil {
		t.Errorf("the process that has the event: %v", err)
	}
	if _, err := s.ledger.Claim(t.Context(), e, time.Minute, false); !errors.Is(err, billing.ErrDone) {
		t.Errorf("a claim of a finished event: %v, want %v", err, billing.ErrDone)
	}
	if _, err := s.ledger.Claim(t.Context(), e, time.Minute, true); err != nil {
		t.Errorf("an operator's claim of a finished event: %v", err)
	}
}

func (s *shop) newestEvent(kind string) []byte {
	events := s.account.Events()
	for i := len(events) - 1; ; i-- {
		if events[i].Type == kind {
			return events[i].Body
		}
	}
}

// The lease ends with the invocation, so that the next may begin as soon as this
// one can do no more harm.
func TestTheLeaseFollowsTheDeadline(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	header, body := s.webhook(t, "customer.subscription.updated")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	l := longLife()
	l.dies, l.after = 2, true
	if _, err := s.process(l).Receive(ctx, header, body); err == nil {
		t.Fatal("nobody died")
	}
	s.add(4 * time.Second)
	if _, err := s.receive(t, "customer.subscription.updated"); !errors.Is(err, billing.ErrBusy) {
		t.Errorf("4 s after a death with 5 s to go: %v, want %v", err, billing.ErrBusy)
	}
	s.add(3 * time.Second)
	if _, err := s.receive(t, "customer.subscription.updated"); err != nil {
		t.Errorf("7 s after it: %v", err)
	}
}

// Every shape that an endpoint may be set to comes to the same row.
func TestAnyAPIVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{stripetest.APIVersion, stripetest.Basil} {
		s := newShop(t)
		s.account.SetEndpoints(stripetest.Endpoint{URL: "http://fleet.test/", Secrets: []string{whsecOld, whsec}, Version: version, Types: billing.EventTypes()})
		s.account.Subscribe(s.customer(t, ann), "pro_monthly", stripetest.Good, 0)
		s.deliver(t)
		s.holds(t, version, entitlement.Pro, entitlement.Active)
		for _, d := range s.account.Deliveries() {
			if d.Status != 200 {
				t.Errorf("%s: %s was answered %d", version, d.Type, d.Status)
			}
		}
	}
}
