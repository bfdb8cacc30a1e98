package billing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// operation is one thing that somebody asks of the domain.
type operation struct {
	name string
	// prepare brings the shop into the state that the operation begins from.
	prepare func(t *testing.T, s *shop) (session string)
	run     func(ctx context.Context, s *shop, session string) error
	// healed fails the test unless the operation has left what it should.
	healed func(t *testing.T, s *shop)
}

func operations() []operation {
	one := func(t *testing.T, s *shop) {
		t.Helper()
		if c := s.account.Customers(); len(c) != 1 || s.row(t, ann).CustomerID != c[0].ID {
			t.Errorf("%d customers, the row has %q", len(c), s.row(t, ann).CustomerID)
		}
	}
	accepted := func(t *testing.T, s *shop) string { s.accept(t, ann); return "" }
	return []operation{
		{
			name: "checkout of somebody new", prepare: accepted,
			run: func(ctx context.Context, s *shop, _ string) error {
				_, err := s.checkout.Start(ctx, ann, billing.Wish{Tier: "pro"})
				return err
			},
			healed: func(t *testing.T, s *shop) {
				one(t, s)
				open := 0
				for _, x := range s.account.Sessions() {
					if x.Status == "open" {
						open++
					}
				}
				if open != 1 {
					t.Errorf("%d open sessions, want 1", open)
				}
			},
		},
		{
			name: "the success page",
			prepare: func(t *testing.T, s *shop) string {
				accepted(t, s)
				x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
				if err != nil || !s.account.Pay(x.ID, stripetest.Good) {
					t.Fatal(err)
				}
				return x.ID
			},
			run: func(ctx context.Context, s *shop, session string) error {
				_, err := s.visit.Look(ctx, ann, session)
				return err
			},
			healed: func(t *testing.T, s *shop) { s.holds(t, "afterwards", entitlement.Pro, entitlement.Active) },
		},
		{
			name: "the portal", prepare: accepted,
			run: func(ctx context.Context, s *shop, _ string) error {
				_, err := s.portal.Open(ctx, ann)
				return err
			},
			healed: one,
		},
		{
			name: "a webhook",
			prepare: func(t *testing.T, s *shop) string {
				s.account.Subscribe(s.customer(t, ann), "pro_monthly", stripetest.Good, 0)
				return ""
			},
			run: func(ctx context.Context, s *shop, _ string) error {
				body := s.newestEvent("customer.subscription.updated")
				_, err := s.receiver.Receive(ctx, stripetest.Sign(body, s.Now(), whsec), body)
				return err
			},
			healed: func(t *testing.T, s *shop) { s.holds(t, "afterwards", entitlement.Pro, entitlement.Active) },
		},
	}
}

// TestFaults crosses what is asked with what goes wrong: each failure is one
// that a retry may mend, says so in time, tells no secret, and the next try ends
// as if nothing had happened.
func TestFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]stripetest.Fault{
		"slow":                 {Latency: 6 * time.Second},
		"down":                 {Drop: true},
		"answers are lost":     {Drop: true, After: true},
		"failing":              {Status: 500},
		"failing after all":    {Status: 500, After: true},
		"limiting rates":       {Status: 429},
		"a page of a gateway":  {Status: 502, Body: "<html>Bad Gateway</html>"},
		"locked by its owners": {Status: 403},
	}
	for _, op := range operations() {
		for name, f := range faults {
			t.Run(op.name+" with Stripe "+name, func(t *testing.T) {
				t.Parallel()
				s := newShop(t)
				session := op.prepare(t, s)
				remove := s.account.Inject(f)
				ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
				defer cancel()
				began := time.Now()
				err := op.run(ctx, s, session)
				if kind := fault.Of(err).Kind; err == nil || kind != fault.Unavailable {
					t.Errorf("error = %v of kind %d, want Unavailable", err, kind)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %v with 400 ms to go", took)
				}
				for _, secret := range []string{stripetest.TestKey, whsec, "@example.com"} {
					if strings.Contains(fmt.Sprint(err), secret) || strings.Contains(s.log.String(), secret) {
						t.Errorf("error or log holds %s", secret)
					}
				}
				remove()
				s.add(leaseInTests) // whoever held an event lets go
				if err := op.run(t.Context(), s, session); err != nil {
					t.Fatalf("afterwards: %v", err)
				}
				op.healed(t, s)
			})
		}
	}
}

// A table that throttles is a failure that a retry may mend, too.
func TestFaultsOfTheTable(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			session := op.prepare(t, s)
			whole := *s
			s.rows.DB = broken{errThrottled}
			s.ledger.DB = broken{errThrottled}
			s.checkout.Rows, s.visit.Rows, s.portal.Rows, s.receiver.Rows = s.rows, s.rows, s.rows, s.rows
			s.receiver.Ledger = s.ledger
			err := op.run(t.Context(), s, session)
			if kind := fault.Of(err).Kind; kind != fault.Unavailable || !errors.Is(err, errThrottled) {
				t.Errorf("error = %v of kind %d, want Unavailable because of %v", err, kind, errThrottled)
			}
			whole.wire(whole.account.Client())
			if err := op.run(t.Context(), &whole, session); err != nil {
				t.Fatalf("afterwards: %v", err)
			}
			op.healed(t, &whole)
		})
	}
}

// waits is a rate limit that counts.
type waits struct{ n int }

func (w *waits) Wait(context.Context) error { w.n++; return nil }

// The night's work must not use up the rate that the day's needs.
func TestReconcileAsksBeforeEachUser(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.account.SetEndpoints()
	for i := range 30 {
		who := fmt.Sprintf("user-%02d", i)
		s.account.Subscribe(s.account.AddCustomer(who+"@example.com", map[string]string{"cognito_sub": who}), "pro_monthly", stripetest.Good, 0)
	}
	limit := &waits{}
	s.reconciler.Limit = limit
	before := len(s.account.Requests())
	s.run(t)
	if calls := len(s.account.Requests()) - before; limit.n < calls {
		t.Errorf("%d calls to Stripe and %d questions whether they may be made", calls, limit.n)
	}
}

// Two windows with two plans: whoever pays in one cannot pay in the other.
func TestTwoWindows(t *testing.T) {
	t.Parallel()
	s, _ := customerShop(t)
	pro, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro"})
	if err != nil {
		t.Fatal(err)
	}
	team, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "team"})
	if err != nil {
		t.Fatal(err)
	}
	if s.account.Pay(pro.ID, stripetest.Good) {
		t.Error("the first window can still be paid")
	}
	if !s.account.Pay(team.ID, stripetest.Good) {
		t.Error("the second window cannot be paid")
	}
	s.deliver(t)
	s.holds(t, "afterwards", entitlement.Team, entitlement.Active)
	if n := len(s.account.Subscriptions()); n != 1 {
		t.Errorf("%d subscriptions, want 1", n)
	}
}
