package journey_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
)

// plan is what GET /api/entitlement says of a caller.
type plan struct{ Tier, Status string }

// plan reads the caller's entitlement.
func (l *local) plan(token string) plan {
	l.t.Helper()
	var p plan
	a := l.call(http.MethodGet, "/api/entitlement", token, nil)
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.Status != http.StatusOK {
		l.t.Fatalf("GET /api/entitlement answered %d %s", a.Status, a.Body)
	}
	return p
}

// becomes waits until the plan is what it should be: a webhook has to arrive.
func (l *local) becomes(token string, want plan) error {
	l.wait(fmt.Sprintf("%+v", want), func() bool { return l.plan(token) == want })
	return nil
}

// delivered reports whether every webhook that was made has been taken.
func (l *local) delivered() bool {
	all := l.Stripe.Deliveries()
	for _, d := range all {
		if d.NextAt != 0 || d.Status != http.StatusOK {
			return false
		}
	}
	return len(all) > 1
}

// pays presses a button of a checkout session's payment page and returns where
// the page leads.
func (l *local) pays(page, outcome string) (string, error) {
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, page, strings.NewReader(url.Values{"outcome": {outcome}}.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("the payment page answered %s", resp.Status)
	}
	return resp.Header.Get("Location"), nil
}

// TestTheyPayOnceAndGetWhatTheyPaidFor goes from a free user to a paying one
// before any webhook comes, and through a payment that fails a month later.
func TestTheyPayOnceAndGetWhatTheyPaidFor(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	p := l.register(s, b, "payer@example.com")
	var in tokens
	s.must("sign in", b, "signIn", ask{"who": p.email, "password": password}, &in)

	var session struct {
		ID  string `json:"session_id"`
		URL string `json:"url"`
	}
	s.check("check out the pro plan, while webhooks are out", func() error {
		l.Stripe.SetWeather(stripetest.Weather{Outage: true, Copies: 1, Shuffle: true})
		a := l.call(http.MethodPost, "/api/checkout", in.Access, strings.NewReader(`{"tier":"pro"}`))
		return json.Unmarshal([]byte(a.Body), &session)
	})
	s.check("pay on the page, which leads back to the site", func() error {
		to, err := l.pays(session.URL, "pay")
		if err == nil && !strings.HasPrefix(to, l.URL("edge")) {
			err = fmt.Errorf("it leads to %s", to)
		}
		return err
	})
	s.check("the success page has pro, before any webhook came", func() error {
		a := l.call(http.MethodGet, "/api/checkout/"+session.ID, in.Access, nil)
		if a.field("status") != "complete" || a.field("tier") != "pro" || l.plan(in.Access) != (plan{"pro", "active"}) {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
		return nil
	})
	before := l.text("entitlements", p.sub, "stripe_sub_id")
	s.check("the webhooks come, twice and in any order, and change nothing", func() error {
		l.Stripe.SetWeather(stripetest.Weather{Copies: 1, Shuffle: true})
		l.wait("every delivery", l.delivered)
		if after := l.text("entitlements", p.sub, "stripe_sub_id"); after != before || before == "" || l.plan(in.Access) != (plan{"pro", "active"}) {
			return fmt.Errorf("the subscription was %q and is %q, the plan %+v", before, after, l.plan(in.Access))
		}
		return nil
	})
	s.check("a second subscription is refused, with the way to the portal", func() error {
		a := l.call(http.MethodPost, "/api/checkout", in.Access, strings.NewReader(`{"tier":"pro"}`))
		if a.Status != http.StatusConflict || a.field("code") != "ALREADY_SUBSCRIBED" {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
		return nil
	})
	s.check("a month later the payment fails: past due, with access", func() error {
		l.Stripe.SetCard(l.text("entitlements", p.sub, "stripe_customer_id"), stripetest.Declines)
		l.Stripe.Advance(32 * 24 * time.Hour)
		return l.becomes(in.Access, plan{"pro", "past_due"})
	})
	s.check("a mail tells them, once for the invoice", func() error {
		told := func() (n int) {
			for _, m := range l.mails(p.email) {
				if m.Subject == "Your payment did not go through" && m.ConfigurationSet == "auth" && strings.Contains(m.Text, "the Pro plan") {
					n++
				}
			}
			return n
		}
		l.wait("the mail", func() bool { return told() > 0 })
		l.wait("every delivery", l.delivered)
		if n := told(); n != 1 {
			return fmt.Errorf("%d mails", n)
		}
		return nil
	})
	s.check("grace is over: free", func() error {
		l.Stripe.Advance(8 * 24 * time.Hour)
		return l.becomes(in.Access, plan{"free", "past_due"})
	})
	s.check("they pay: pro again", func() error {
		l.Stripe.SetCard(l.text("entitlements", p.sub, "stripe_customer_id"), stripetest.Good)
		l.Stripe.PayInvoices(before)
		return l.becomes(in.Access, plan{"pro", "active"})
	})
}
