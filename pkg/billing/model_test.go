package billing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"pgregory.net/rapid"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
)

// model is one run of the model: Stripe's account, our row, and who was told of
// what.
type model struct {
	*shop
	customer string
	told     map[string]bool // events that some delivery was answered 2xx for
	lost     map[string]bool // events that Stripe's network never delivers
	stalled  []*stalled
}

// stalled is a delivery whose process stands still.
type stalled struct {
	*life
	event string
	ended chan error
}

// leaseInTests is the lease of a delivery whose context has no deadline.
const leaseInTests = 31 * time.Second

// deliverOne delivers an event to a process with a life, and notes the answer.
func (m *model) deliverOne(ctx context.Context, e stripetest.Event, l *life) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err := m.process(l).Receive(ctx, stripetest.Sign(e.Body, m.Now(), whsec), e.Body)
	return err
}

// anyLife draws a life: most processes live, some die at one of their steps.
func anyLife(t *rapid.T) *life {
	if rapid.IntRange(0, 2).Draw(t, "lives") > 0 {
		return longLife()
	}
	return &life{dies: rapid.IntRange(0, 6).Draw(t, "step"), after: rapid.Bool().Draw(t, "after"), stalls: -1}
}

// anyEvent draws an event of the log that the network does not lose.
func (m *model) anyEvent(t *rapid.T) (stripetest.Event, bool) {
	all := slices.DeleteFunc(m.events(), func(e stripetest.Event) bool { return m.lost[e.ID] })
	if len(all) == 0 {
		return stripetest.Event{}, false
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "event")], true
}

// events returns the log of the types that the endpoint subscribes to.
func (m *model) events() []stripetest.Event {
	return slices.DeleteFunc(m.account.Events(), func(e stripetest.Event) bool { return !slices.Contains(billing.EventTypes(), e.Type) })
}

// someSubscription draws one of the customer's subscriptions.
func (m *model) someSubscription(t *rapid.T) (string, bool) {
	all := m.account.Subscriptions()
	if len(all) == 0 {
		return "", false
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "subscription")].ID, true
}

// charge returns the newest charge, "" when there is none.
func (m *model) charge() string {
	for _, inv := range m.account.Invoices() {
		if inv.Charge != "" {
			return inv.Charge
		}
	}
	return ""
}

// actions are what can happen in any order.
func (m *model) actions(ctx context.Context, disputes *[]string) map[string]func(*rapid.T) {
	onSubscription := func(do func(string)) func(*rapid.T) {
		return func(t *rapid.T) {
			if id, ok := m.someSubscription(t); ok {
				do(id)
			}
		}
	}
	return map[string]func(*rapid.T){
		"subscribe": func(t *rapid.T) {
			key := rapid.SampledFrom([]string{"pro_monthly", "team_monthly"}).Draw(t, "plan")
			card := rapid.SampledFrom([]stripetest.Card{stripetest.Good, stripetest.Good, stripetest.Authenticate}).Draw(t, "card")
			m.account.Subscribe(m.customer, key, card, rapid.SampledFrom([]int{0, 0, 7}).Draw(t, "trial"))
		},
		"card": func(t *rapid.T) {
			m.account.SetCard(m.customer, rapid.SampledFrom([]stripetest.Card{stripetest.Good, stripetest.Declines}).Draw(t, "card"))
		},
		"time passes": func(t *rapid.T) {
			m.account.Advance(rapid.SampledFrom([]time.Duration{time.Hour, 4 * day, 16 * day, 31 * day}).Draw(t, "by"))
		},
		"cancel at the period's end": onSubscription(func(id string) { m.account.CancelSubscription(id, true) }),
		"cancel now":                 onSubscription(func(id string) { m.account.CancelSubscription(id, false) }),
		"keep":                       onSubscription(m.account.KeepSubscription),
		"pay":                        onSubscription(m.account.PayInvoices),
		"pause collection":           onSubscription(func(id string) { m.account.PauseCollection(id, "void") }),
		"switch":                     onSubscription(func(id string) { m.account.SwitchPrice(id, "team_monthly") }),
		"refund": func(t *rapid.T) {
			m.account.Refund(m.charge(), rapid.SampledFrom([]int64{0, 100}).Draw(t, "cents"))
		},
		"dispute": func(*rapid.T) {
			if id := m.account.Dispute(m.charge()); id != "" {
				*disputes = append(*disputes, id)
			}
		},
		"decide a dispute": func(t *rapid.T) {
			if len(*disputes) > 0 {
				m.account.CloseDispute(rapid.SampledFrom(*disputes).Draw(t, "dispute"), rapid.Bool().Draw(t, "won"))
			}
		},
		"twins": func(t *rapid.T) { m.account.SetWeather(stripetest.Weather{Twins: rapid.Bool().Draw(t, "twins")}) },
		"lose an event": func(t *rapid.T) {
			if e, ok := m.anyEvent(t); ok && !m.told[e.ID] {
				m.lost[e.ID] = true
			}
		},
		"deliver":                func(t *rapid.T) { m.deliverSome(ctx, t, 1) },
		"deliver at once":        func(t *rapid.T) { m.deliverSome(ctx, t, rapid.IntRange(2, 4).Draw(t, "processes")) },
		"a lease runs out":       func(*rapid.T) { m.add(leaseInTests) },
		"stall":                  func(t *rapid.T) { m.stallOne(ctx, t) },
		"a stalled one goes on":  func(*rapid.T) { m.goOn() },
		"cancel and think again": onSubscription(func(id string) { m.wobble(ctx, id) }),
	}
}

// wobble cancels and keeps a subscription while a process is in the middle of
// the first event.
func (m *model) wobble(ctx context.Context, id string) {
	m.account.CancelSubscription(id, true)
	m.begin(ctx, m.newest(), 3)
	m.account.KeepSubscription(id)
	e := m.newest()
	m.note(e.ID, m.deliverOne(ctx, e, longLife()))
}

func (m *model) newest() stripetest.Event {
	all := m.events()
	return all[len(all)-1]
}

// stallOne begins a delivery that stands still before one of its steps.
func (m *model) stallOne(ctx context.Context, t *rapid.T) {
	if e, ok := m.anyEvent(t); ok {
		m.begin(ctx, e, rapid.IntRange(1, 5).Draw(t, "before step"))
	}
}

// begin delivers an event until its process stalls or ends.
func (m *model) begin(ctx context.Context, e stripetest.Event, step int) {
	x := &stalled{life: longLife(), event: e.ID, ended: make(chan error, 1)}
	x.stalls, x.stall, x.goOn = step, make(chan struct{}), make(chan struct{})
	go func() { x.ended <- m.deliverOne(ctx, e, x.life) }()
	select {
	case <-x.stall:
		m.stalled = append(m.stalled, x)
	case err := <-x.ended:
		m.note(e.ID, err)
	}
}

// goOn lets the process that stalled first go on, and waits for its end.
func (m *model) goOn() {
	if len(m.stalled) == 0 {
		return
	}
	x := m.stalled[0]
	m.stalled = m.stalled[1:]
	close(x.goOn)
	m.note(x.event, <-x.ended)
}

func (m *model) note(event string, err error) {
	if err == nil {
		m.told[event] = true
	}
}

// deliverSome delivers n drawn events at the same time; some of the processes
// die on the way.
func (m *model) deliverSome(ctx context.Context, t *rapid.T, n int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range n {
		e, ok := m.anyEvent(t)
		if !ok {
			return
		}
		l := anyLife(t)
		wg.Go(func() {
			err := m.deliverOne(ctx, e, l)
			mu.Lock()
			defer mu.Unlock()
			m.note(e.ID, err)
		})
	}
	wg.Wait()
}

// settle does what Stripe does in three days: it delivers every event that is
// not lost until it is answered 2xx, in a drawn order. Processes that stand still
// go on when all others are through, which is when they do the most harm.
func (m *model) settle(ctx context.Context, t *rapid.T) {
	for range 10 {
		if len(m.stalled) == 0 || rapid.Bool().Draw(t, "leases run out") {
			m.add(leaseInTests)
		}
		due := slices.DeleteFunc(m.events(), func(e stripetest.Event) bool { return m.told[e.ID] || m.lost[e.ID] })
		order := make([]int, len(due))
		for i := range order {
			order[i] = i
		}
		for _, i := range rapid.Permutation(order).Draw(t, "order") {
			err := m.deliverOne(ctx, due[i], longLife())
			if err != nil && len(m.stalled) == 0 {
				t.Fatalf("event %s %s with nobody else at work: %v", due[i].Type, due[i].ID, err)
			}
			m.note(due[i].ID, err)
		}
		if len(m.stalled) == 0 && len(due) == 0 {
			return
		}
		for len(m.stalled) > 0 {
			m.goOn()
		}
	}
	t.Fatal("events go on for ever")
}

// check fails unless the row is the projection of what Stripe says now.
func (m *model) check(ctx context.Context, t *rapid.T, when string) {
	st, err := m.api.Standing(ctx, m.customer)
	if err != nil {
		t.Fatal(err)
	}
	row, err := m.rows.Get(ctx, sub)
	if err != nil {
		t.Fatal(err)
	}
	want := entitlement.Reduce(st.Subscriptions, st.At)
	want.EntitledUntil, row.EntitledUntil = want.EntitledUntil.Truncate(time.Second), row.EntitledUntil.Truncate(time.Second)
	if !row.Equal(want) {
		t.Fatalf("%s the row says %s, Stripe says %s", when, say(row.Entitlement), say(want))
	}
}

func say(e entitlement.Entitlement) string {
	return fmt.Sprintf("%s %s %s until %v (grace %v, cancel %v)", e.Tier, e.Status, e.SubscriptionID, e.EntitledUntil, e.GraceUntil, e.CancelAt)
}

// TestModel runs random histories of Stripe's side against random deliveries:
// twice, in any order, at once, lost, and to processes that die at any step. The
// row must end at Stripe's state, every event that was acknowledged must be done,
// and what was lost must be made good by the reconciliation.
func TestModel(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := t.Context()
		m := newModel(t, s)
		defer m.forget(t)
		defer func() {
			for len(m.stalled) > 0 { // where the history failed
				m.goOn()
			}
		}()
		var disputes []string
		rt.Repeat(m.actions(ctx, &disputes))
		m.settle(ctx, rt)
		if len(m.lost) == 0 {
			m.check(ctx, rt, "after every event was delivered")
		}
		cur, err := m.reconciler.Run(ctx)
		if err != nil || cur.Phase != billing.Finished || cur.Tally.Failed > 0 {
			rt.Fatalf("reconciliation: %+v, %v", cur, err)
		}
		m.settle(ctx, rt) // what the policy did in Stripe meanwhile
		m.check(ctx, rt, "after the reconciliation")
		for id := range m.told {
			if got := m.event(t, id)["state"]; got == nil || !strings.Contains(fmt.Sprint(got), "done") {
				rt.Errorf("event %s was acknowledged and is %v", id, got)
			}
		}
	})
}

// newModel gives the shop a new account with one customer, on the same engine.
func newModel(t *testing.T, s *shop) *model {
	t.Helper()
	fresh := *s
	fresh.account = stripetest.New(stripetest.Config{Now: s.Now})
	fresh.account.SetEndpoints(stripetest.Endpoint{URL: "http://nowhere.test/", Secrets: []string{whsec}})
	fresh.wire(fresh.account.Client())
	m := &model{shop: &fresh, told: map[string]bool{}, lost: map[string]bool{}}
	m.customer = m.shop.customer(t, ann)
	return m
}

// forget removes the user's row, so that the next history begins with none.
func (m *model) forget(t *testing.T) {
	t.Helper()
	_, err := m.db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: aws.String(m.db.Table("entitlements")), Key: entitlement.Item{"cognito_sub": str(sub)},
	})
	if err != nil {
		t.Fatal(err)
	}
}
