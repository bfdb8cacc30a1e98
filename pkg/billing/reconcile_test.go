package billing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
)

// run reconciles to the end.
func (s *shop) run(t testing.TB) billing.Cursor {
	t.Helper()
	cur, err := s.reconciler.Run(t.Context())
	if err != nil || cur.Phase != billing.Finished {
		t.Fatalf("Run = %+v, %v", cur, err)
	}
	return cur
}

// set writes attributes into a user's row behind everybody's back.
func (s *shop) set(t testing.TB, who billing.Person, attributes entitlement.Item) {
	t.Helper()
	for name, v := range attributes {
		_, err := s.db.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String(s.db.Table("entitlements")), Key: entitlement.Item{"cognito_sub": str(who.Sub)},
			UpdateExpression: aws.String("SET #n = :v"), ExpressionAttributeNames: map[string]string{"#n": name},
			ExpressionAttributeValues: entitlement.Item{":v": v},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestReconcileRepairsBothWays(t *testing.T) {
	t.Parallel()
	forever := num("4070908800")
	tests := []struct {
		name   string
		before func(t *testing.T, s *shop, customer string)
		tier   entitlement.Tier
		want   billing.Tally
	}{
		{name: "nothing to do", tier: entitlement.Free},
		{
			name: "a payment that nobody told us of", tier: entitlement.Pro, want: billing.Tally{Subscriptions: 1, Rows: 1, Projected: 1, Repaired: 1},
			before: func(_ *testing.T, s *shop, customer string) {
				s.account.SetEndpoints()
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
			},
		},
		{
			name: "events that could not be delivered", tier: entitlement.Pro, want: billing.Tally{Events: 4, Subscriptions: 1, Rows: 1},
			before: func(_ *testing.T, s *shop, customer string) {
				s.account.SetWeather(stripetest.Weather{Outage: true})
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
			},
		},
		{
			name: "a row that lacks what was paid", tier: entitlement.Pro, want: billing.Tally{Subscriptions: 1, Rows: 1, Projected: 1, Repaired: 1},
			before: func(t *testing.T, s *shop, customer string) {
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
				s.deliver(t)
				s.set(t, ann, entitlement.Item{"tier": str("free"), "status": str("none")})
			},
		},
		{
			name: "a row that outlived its subscription", tier: entitlement.Free, want: billing.Tally{Subscriptions: 1, Projected: 1, Repaired: 1},
			before: func(t *testing.T, s *shop, customer string) {
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
				s.deliver(t)
				s.account.SetEndpoints()
				s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
			},
		},
		{
			name: "a paid row that Stripe knows nothing of", tier: entitlement.Free, want: billing.Tally{Rows: 1, Projected: 1, Repaired: 1},
			before: func(t *testing.T, s *shop, _ string) {
				s.set(t, ann, entitlement.Item{"tier": str("team"), "status": str("active"), "stripe_sub_id": str("sub_forged"), "entitled_until": forever})
			},
		},
		{
			name: "a row with a higher tier than is paid", tier: entitlement.Pro, want: billing.Tally{Subscriptions: 1, Rows: 1, Projected: 1, Repaired: 1},
			before: func(t *testing.T, s *shop, customer string) {
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
				s.deliver(t)
				s.set(t, ann, entitlement.Item{"tier": str("team")})
			},
		},
		{
			name: "all in order costs no fetch", tier: entitlement.Pro, want: billing.Tally{Subscriptions: 1, Rows: 1},
			before: func(t *testing.T, s *shop, customer string) {
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
				s.deliver(t)
			},
		},
		{
			name: "an old subscription beside a new one costs none either", tier: entitlement.Team, want: billing.Tally{Subscriptions: 2, Rows: 1},
			before: func(t *testing.T, s *shop, customer string) {
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
				s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
				s.account.Subscribe(customer, "team_monthly", stripetest.Good, 0)
				s.deliver(t)
			},
		},
		{
			name: "past due is looked at every night, as its grace ends by itself", tier: entitlement.Free, want: billing.Tally{Subscriptions: 1, Rows: 1, Projected: 1, Repaired: 1},
			before: func(t *testing.T, s *shop, customer string) {
				s.account.SetSettings(stripetest.Settings{AfterDunning: "past_due"})
				s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
				s.account.SetCard(customer, stripetest.Declines)
				s.advance(t, 32*day)
				s.account.SetEndpoints()
				s.account.Advance(8 * day)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			customer := s.customer(t, ann)
			if tt.before != nil {
				tt.before(t, s, customer)
			}
			got := s.run(t).Tally
			if tier := s.row(t, ann).Holds(s.account.Now()); tier != tt.tier {
				t.Errorf("afterwards the user holds %s, want %s", tier, tt.tier)
			}
			if tt.name == "past due is looked at every night, as its grace ends by itself" {
				got.Rows = 1 // the row was paid before, and is not any more
			}
			if got != tt.want {
				t.Errorf("tally = %+v, want %+v", got, tt.want)
			}
			if lines := strings.Count(s.log.String(), `"code":"ENTITLEMENT_REPAIRED"`); lines != tt.want.Repaired {
				t.Errorf("%d lines for %d repairs", lines, tt.want.Repaired)
			}
			if !strings.Contains(s.log.String(), fmt.Sprintf(`"EntitlementsRepaired":%d`, tt.want.Repaired)) {
				t.Errorf("the metric is not in %s", s.log.String())
			}
			if again := s.run(t).Tally; again.Repaired != 0 || again.Events != 0 {
				t.Errorf("a second run found %+v to do", again)
			}
		})
	}
}

// counting is a rate limit that counts, and ends the run after a while.
type counting struct {
	n, end int
}

var errStopped = errors.New("stopped")

func (c *counting) Wait(context.Context) error {
	if c.n++; c.n > c.end {
		return errStopped
	}
	return nil
}

func TestReconcileGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.account.SetEndpoints()
	const users = 120 // more than a page
	for i := range users {
		who := fmt.Sprintf("user-%03d", i)
		id := s.account.AddCustomer(who+"@example.com", map[string]string{"cognito_sub": who})
		s.account.Subscribe(id, "pro_monthly", stripetest.Good, 0)
	}
	runs := 0
	for phase := billing.Phase(""); phase != billing.Finished; runs++ {
		if runs > 20 {
			t.Fatal("it never ends")
		}
		limit := &counting{end: 70}
		s.reconciler.Limit = limit
		cur, err := s.reconciler.Run(t.Context())
		if err != nil && !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		phase = cur.Phase
	}
	if runs < 2 {
		t.Errorf("one run did all of it: nothing was resumed")
	}
	for i := range users {
		row, err := s.rows.Get(t.Context(), fmt.Sprintf("user-%03d", i))
		if err != nil || row.Tier != entitlement.Pro {
			t.Fatalf("user %d: %+v, %v", i, row.Entitlement, err)
		}
	}
}

func TestReconcileStopsInTime(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // less than its margin
	defer cancel()
	cur, err := s.reconciler.Run(ctx)
	if err != nil || cur.Phase != billing.Events {
		t.Errorf("Run with 10 s = %+v, %v, want it to leave the work to the next run", cur, err)
	}
	if n := len(s.account.Requests()); n != 0 {
		t.Errorf("it made %d calls", n)
	}
}

func TestReconcilePassesOverOnesTrouble(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.account.SetEndpoints()
	bob := billing.Person{Sub: "0c6f5f0f-0000-4000-8000-000000000002", Username: "bob"}
	for _, who := range []billing.Person{ann, bob} {
		s.account.Subscribe(s.customer(t, who), "pro_monthly", stripetest.Good, 0)
	}
	broken := s.row(t, ann).CustomerID
	s.reconciler.Projector = oneBroken{s.projector, broken}
	cur, err := s.reconciler.Run(t.Context())
	if err != nil || cur.Phase != billing.Finished || cur.Tally.Failed == 0 || cur.Tally.Repaired != 1 {
		t.Errorf("Run = %+v, %v, want one repaired and the failure counted", cur, err)
	}
	if !strings.Contains(s.log.String(), `"code":"RECONCILE_FAILED"`) {
		t.Errorf("the failure is not in the log: %s", s.log.String())
	}
}

// oneBroken is a projector that fails for one customer.
type oneBroken struct {
	*billing.Projector
	customer string
}

func (p oneBroken) Project(ctx context.Context, customer string, hint billing.Hint, c *billing.Claim) (billing.Projection, error) {
	if customer == p.customer {
		return billing.Projection{}, billing.ErrUnavailable
	}
	return p.Projector.Project(ctx, customer, hint, c)
}

func TestReconcileWithStripeDown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	remove := s.account.Inject(stripetest.Fault{Status: 500})
	if _, err := s.reconciler.Run(t.Context()); err == nil {
		t.Error("Run with Stripe down said nothing")
	}
	remove()
	s.run(t)
}

func TestAnUnfinishedRunGrowsOld(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.reconciler.Limit = &counting{}
	first, err := s.reconciler.Run(t.Context())
	if !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	if err := s.reconciler.Cursors.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	s.reconciler.Limit = unlimited{}
	s.add(48 * time.Hour)
	if cur := s.run(t); !cur.Began.After(first.Began) {
		t.Errorf("a run of %v was resumed two days later", first.Began)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	s.deliver(t)
	s.set(t, ann, entitlement.Item{"tier": str("free")})
	id := s.account.Events()[len(s.account.Events())-1].ID
	got, err := s.reconciler.Replay(t.Context(), id)
	if err != nil || got.Outcome != billing.Applied {
		t.Fatalf("Replay(%s) = %+v, %v", id, got, err)
	}
	s.holds(t, "after the replay", entitlement.Pro, entitlement.Active)
	if _, err := s.reconciler.Replay(t.Context(), "evt_none"); !errors.Is(err, billing.ErrUnavailable) {
		t.Errorf("Replay of no event: %v", err)
	}
}
