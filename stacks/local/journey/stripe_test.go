package journey_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/dynamotest"
)

// TestStripeInTroubleHurtsNobody registers people while Stripe is down, slow or
// broken. They are confirmed and sign in all the same, and get their one customer
// at the next use, even when that comes three times at once.
func TestStripeInTroubleHurtsNobody(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	troubles := []struct {
		name, who string
		fault     stripetest.Fault
	}{
		{"down", "down@example.com", stripetest.Fault{Drop: true}},
		{"slow by 6 s", "slow@example.com", stripetest.Fault{Latency: 6 * time.Second}},
		{"answering 500", "broken@example.com", stripetest.Fault{Status: 500}},
		{"answering 500 after the work", "after@example.com", stripetest.Fault{Status: 500, After: true}},
		{"limiting rates", "limited@example.com", stripetest.Fault{Status: 429}},
	}
	for _, tt := range troubles { // in turn: they share one Stripe
		t.Run(tt.name, func(t *testing.T) {
			l := &local{l.Stack, t, l.http}
			b, s := l.browser(), newSteps(t)
			mend := l.Stripe.Inject(tt.fault)
			began := time.Now()
			p := l.register(s, b, tt.who)
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("with Stripe %s the registration took %s: Cognito gave up on the trigger", tt.name, took)
			}
			var in tokens
			s.must("sign in", b, "signIn", ask{"who": tt.who, "password": password}, &in)
			s.check("the profile is there", func() error { return statusOf(l.profile(in.Access), http.StatusOK) })
			s.check("no link is there yet", func() error {
				if id := l.text("entitlements", p.sub, "stripe_customer_id"); id != "" {
					return fmt.Errorf("the row names %s", id)
				}
				return nil
			})
			mend()
			s.do("a new process serves: the old one rests from Stripe", func() { l.replace("profile-get") })
			s.check("three uses at once heal it", func() error { return l.useThrice(in.Access) })
			l.settled()
			s.check("there is one of everything", func() error { return l.whole(p) })
		})
	}
}

// replace lets new processes serve a function, as a deployment does.
func (l *local) replace(function string) {
	l.t.Helper()
	if err := l.Host.Swap(function, filepath.Join(dynamotest.Root(l.t), ".local", "journey", "bin", function, "bootstrap")); err != nil {
		l.t.Fatal(err)
	}
}

func statusOf(a answer, want int) error {
	if a.Status != want {
		return fmt.Errorf("answered %d %s, want %d", a.Status, a.Body, want)
	}
	return nil
}

// useThrice reads the profile three times at once.
func (l *local) useThrice(token string) error {
	l.t.Helper()
	answers := make([]answer, 3)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = l.profile(token) })
	}
	wg.Wait()
	for _, a := range answers {
		if err := statusOf(a, http.StatusOK); err != nil {
			return err
		}
	}
	return nil
}
