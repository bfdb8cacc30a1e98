package stripetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"callanalyst/pkg/billing/stripetest"
)

// browser opens pages and posts their forms, as a person does.
type browser struct {
	t *testing.T
	a *account
}

type page struct {
	status   int
	text     string
	location string
}

func (b browser) do(method, address string, form url.Values, accept string) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", accept)
	c := b.a.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{resp.StatusCode, string(text), resp.Header.Get("Location")}
}

func (b browser) get(address string) page { return b.do("GET", address, nil, "text/html") }

func (b browser) post(address string, form ...string) page {
	return b.do("POST", address, pairs(form), "text/html")
}

func TestThePaymentPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		session []string
		posts   [][]string // forms, one after the other
		status  int        // of the last answer
		says    string     // on the last page, or its location
		sub     string     // the subscription's state afterwards
	}{
		{name: "paying", posts: [][]string{{"outcome", "pay"}}, status: 303, says: "https://site.test/ok?id=cs_test_", sub: "active"},
		{name: "a form without a word pays", posts: [][]string{nil}, status: 303, says: "https://site.test/ok?id=cs_test_", sub: "active"},
		{name: "a declined card", posts: [][]string{{"outcome", "decline"}}, status: 402, says: `<p role="alert">Your card was declined.`, sub: "none"},
		{name: "another card after a declined one", posts: [][]string{{"outcome", "decline"}, {"outcome", "pay"}}, status: 303, says: "https://site.test/ok", sub: "active"},
		{name: "3-D Secure pending", posts: [][]string{{"outcome", "authenticate"}}, status: 402, says: "Your bank asks whether this is you", sub: "incomplete"},
		{name: "3-D Secure refused", posts: [][]string{{"outcome", "authenticate"}, {"outcome", "fail"}}, status: 402, says: "Your bank did not confirm", sub: "incomplete"},
		{name: "3-D Secure confirmed", posts: [][]string{{"outcome", "authenticate"}, {"outcome", "confirm"}}, status: 303, says: "https://site.test/ok", sub: "active"},
		{name: "paying twice", posts: [][]string{{"outcome", "pay"}, {"outcome", "pay"}}, status: 200, says: "This is paid", sub: "active"},
		{name: "no card without a trial", posts: [][]string{{"outcome", "no_card"}}, status: 402, says: "Pay", sub: "none"},
		{name: "a trial without a card", session: []string{"subscription_data[trial_period_days]", "7", "payment_method_collection", "if_required"}, posts: [][]string{{"outcome", "no_card"}}, status: 303, says: "https://site.test/ok", sub: "trialing"},
		{name: "a code that is not valid", session: []string{"allow_promotion_codes", "true"}, posts: [][]string{{"outcome", "pay", "promotion_code", "NO"}}, status: 422, says: "This promotion code is not valid.", sub: "none"},
		{name: "a code that is", session: []string{"allow_promotion_codes", "true"}, posts: [][]string{{"outcome", "pay", "promotion_code", "launch20"}}, status: 303, says: "https://site.test/ok", sub: "active"},
		{name: "a code where none is asked for", posts: [][]string{{"outcome", "pay", "promotion_code", "launch20"}}, status: 422, says: "not valid", sub: "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := open(t)
			b := browser{t, a}
			address := a.session(tt.session...).body["url"].(string)
			if p := b.get(address); p.status != 200 || !strings.Contains(p.text, "Call Analyst Pro") {
				t.Fatalf("the page = %d %s", p.status, p.text)
			}
			var last page
			for _, form := range tt.posts {
				last = b.post(address, form...)
			}
			if last.status != tt.status || !strings.Contains(last.text+last.location, tt.says) {
				t.Errorf("answer = %d %s %s, want %d %s", last.status, last.location, last.text, tt.status, tt.says)
			}
			if got := a.status(); got != tt.sub {
				t.Errorf("subscription is %s, want %s", got, tt.sub)
			}
		})
	}
}

func TestThePaymentPageOfNothing(t *testing.T) {
	t.Parallel()
	a := open(t)
	b := browser{t, a}
	x := a.session()
	if p := b.get("https://stripe.test/c/pay/cs_none"); p.status != 404 || !strings.Contains(p.text, "There is no such payment") {
		t.Errorf("no session = %d %s", p.status, p.text)
	}
	if got := a.post("/v1/checkout/sessions/" + x.id + "/expire"); got.body["status"] != "expired" {
		t.Errorf("expire = %v", got.body)
	}
	if got := a.post("/v1/checkout/sessions/" + x.id + "/expire"); got.status != 400 {
		t.Errorf("expire again = %d, want 400", got.status)
	}
	for _, p := range []page{b.get(x.body["url"].(string)), b.post(x.body["url"].(string), "outcome", "pay")} {
		if p.status != 410 || !strings.Contains(p.text, "https://site.test/no") {
			t.Errorf("an expired session = %d %s", p.status, p.text)
		}
	}
	other := a.session()
	a.Advance(25 * 60 * 60 * 1e9)
	if p := b.get(other.body["url"].(string)); p.status != 410 {
		t.Errorf("a session a day later = %d, want 410", p.status)
	}
}

func TestACardThatFailsLater(t *testing.T) {
	t.Parallel()
	a := open(t)
	browser{t, a}.post(a.session().body["url"].(string), "outcome", "pay", "later", "declines")
	first := a.status()
	a.Advance(29 * day)
	if got := a.status(); first != "active" || got != "past_due" {
		t.Errorf("%s at first and %s a month later, want active and past_due", first, got)
	}
}

// Pages must be usable without seeing them: a language, a title, one heading of
// the first level, labels for fields, scopes for headings of tables, and alerts
// that are announced. And they must not run what somebody wrote into a name.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	a := open(t)
	b := browser{t, a}
	a.post("/v1/customers/"+a.customer, "email", `"<script>alert(1)</script>"@example.com`)
	pay := a.session("allow_promotion_codes", "true").body["url"].(string)
	portal := a.post("/v1/billing_portal/sessions", "customer", a.customer, "return_url", "https://site.test/account").body["url"].(string)
	a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	for name, p := range map[string]page{"payment": b.get(pay), "declined": b.post(pay, "outcome", "decline"), "portal": b.get(portal), "control": b.get("https://stripe.test/")} {
		for _, want := range []string{`<html lang="en">`, "<title>", "<main>", "viewport"} {
			if !strings.Contains(p.text, want) {
				t.Errorf("the page %s lacks %s", name, want)
			}
		}
		if n := strings.Count(p.text, "<h1>"); n != 1 {
			t.Errorf("the page %s has %d headings of the first level", name, n)
		}
		if strings.Contains(p.text, "<script>") {
			t.Errorf("the page %s runs a customer's e-mail", name)
		}
		for _, field := range regexp.MustCompile(`<(?:input|select) [^>]*>`).FindAllString(p.text, -1) {
			at := strings.Index(p.text, field)
			if !strings.Contains(field, `type="hidden"`) && strings.LastIndex(p.text[:at], "<label>") < strings.LastIndex(p.text[:at], "</label>") {
				t.Errorf("the page %s has a field without a label: %s", name, field)
			}
		}
		if strings.Contains(p.text, "<th>") {
			t.Errorf("the page %s has a heading of a table without a scope", name)
		}
	}
}

func TestThePortal(t *testing.T) {
	t.Parallel()
	a := open(t)
	b := browser{t, a}
	a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	id := a.Subscriptions()[0].ID
	address := a.post("/v1/billing_portal/sessions", "customer", a.customer, "return_url", "https://site.test/account").body["url"].(string)
	if p := b.get(address); !strings.Contains(p.text, "Call Analyst Pro: active") || !strings.Contains(p.text, "https://site.test/account") {
		t.Fatalf("portal = %s", p.text)
	}
	steps := []struct {
		action, says string
		check        func(stripetest.Subscription) bool
	}{
		{"cancel", "will end with its period", func(s stripetest.Subscription) bool { return s.CancelAtPeriodEnd }},
		{"keep", "goes on", func(s stripetest.Subscription) bool { return !s.CancelAtPeriodEnd }},
		{"switch:team_monthly", "plan has changed", func(s stripetest.Subscription) bool { return s.Price == "price_team_monthly" }},
		{"card:declines", "card is on file", func(s stripetest.Subscription) bool { return s.Status == "active" }},
		{"cancel_now", "has ended", func(s stripetest.Subscription) bool { return s.Status == "canceled" }},
	}
	for _, step := range steps {
		p := b.post(address, "subscription", id, "action", step.action)
		if p.status != 200 || !strings.Contains(p.text, step.says) || !step.check(a.Subscriptions()[0]) {
			t.Errorf("%s: %d %s\n%+v", step.action, p.status, p.text, a.Subscriptions()[0])
		}
	}
	if p := b.get("https://stripe.test/p/session/bps_none"); p.status != 404 {
		t.Errorf("no portal = %d", p.status)
	}
	if p := b.post("https://stripe.test/p/session/bps_none", "action", "cancel"); p.status != 404 {
		t.Errorf("a form of no portal = %d", p.status)
	}
}

func TestThePortalIsOnesOwn(t *testing.T) {
	t.Parallel()
	a := open(t)
	bob := a.AddCustomer("bob@example.com", nil)
	a.Subscribe(bob, "pro_monthly", stripetest.Good, 0)
	address := a.post("/v1/billing_portal/sessions", "customer", a.customer).body["url"].(string)
	browser{t, a}.post(address, "subscription", a.Subscriptions()[0].ID, "action", "cancel_now")
	if got := a.status(); got != "active" {
		t.Errorf("bob's subscription is %s after ann's visit", got)
	}
}

func TestAPortalWithoutConfiguration(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.SetSettings(stripetest.Settings{NoPortal: true})
	if got := a.post("/v1/billing_portal/sessions", "customer", a.customer); got.status != 400 || got.code != "" {
		t.Errorf("answer = %d %s, want 400", got.status, got.code)
	}
}

func TestTheControlPage(t *testing.T) {
	t.Parallel()
	a := open(t)
	b := browser{t, a}
	a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	id := a.Subscriptions()[0].ID
	const here = "https://stripe.test"
	do := func(action string) { b.post(here+"/_control/subscription", "id", id, "do", action) }

	if p := b.post(here+"/_control/advance", "by", "24h"); p.status != 303 || a.Now().Day() != 1 {
		t.Errorf("advance = %d, now %v", p.status, a.Now())
	}
	do("card declines")
	b.post(here+"/_control/advance", "by", "744h")
	if got := a.status(); got != "past_due" {
		t.Errorf("after a month with a bad card: %s", got)
	}
	do("card good")
	do("pay")
	if got := a.status(); got != "active" {
		t.Errorf("after paying: %s", got)
	}
	for _, action := range []string{"pause collection", "resume collection", "resume", "dispute", "win dispute", "refund", "cancel", "keep", "cancel now", "delete customer"} {
		do(action)
	}
	types := a.types(0)
	for _, want := range []string{"charge.dispute.created", "charge.dispute.closed", "charge.refunded", "customer.subscription.deleted", "customer.deleted"} {
		if !strings.Contains(types, want) {
			t.Errorf("no %s after its button", want)
		}
	}
	for address, form := range map[string][]string{
		"/_control/advance": {"by", "-1h"}, "/_control/subscription": {"id", "sub_none"}, "/_control/resend": {"event", "evt_none"},
	} {
		if p := b.post(here+address, form...); p.status < 400 {
			t.Errorf("%s %v = %d, want a refusal", address, form, p.status)
		}
	}
	if p := b.post(here+"/_control/subscription", "id", id, "do", "fly"); p.status != 400 {
		t.Errorf("an unknown action = %d", p.status)
	}
}

func TestTheControlPageMakesTrouble(t *testing.T) {
	t.Parallel()
	a := open(t)
	b := browser{t, a}
	a.SetEndpoints(stripetest.Endpoint{URL: "https://fleet.test/"})
	const here = "https://stripe.test"
	b.post(here+"/_control/weather", "copies", "99", "delay_ms", "1500", "shuffle", "true", "twins", "true", "outage", "true")
	a.AddCustomer("x@example.com", nil)
	b.post(here+"/_control/fault", "match", "GET /v1/customers", "status", "503", "times", "1")
	if got := a.get("/v1/customers"); got.status != 503 {
		t.Errorf("with the fault: %d, want 503", got.status)
	}
	b.post(here+"/_control/fault", "match", "GET /v1/prices", "drop", "true")
	p := b.do("POST", here+"/_control/fault", pairs([]string{"clear", "true"}), "application/json")
	var state struct {
		Done    string
		Faults  int
		Weather struct {
			Copies                 int
			Delay                  int64
			Shuffle, Twins, Outage bool
		}
		Deliveries []struct{ Event, Answer string }
	}
	if err := json.Unmarshal([]byte(p.text), &state); err != nil {
		t.Fatalf("%v in %s", err, p.text)
	}
	w := state.Weather
	if state.Faults != 0 || w.Copies != 5 || w.Delay != 1.5e9 || !w.Shuffle || !w.Twins || !w.Outage {
		t.Errorf("state = %+v", state)
	}
	if n := len(state.Deliveries); n != 12 || state.Deliveries[0].Answer != "not sent yet" {
		t.Errorf("%d deliveries of two twins in six copies: %+v", n, state.Deliveries)
	}
	if got := b.do("GET", here+"/_control", nil, "application/json"); !strings.HasPrefix(got.text, "{") {
		t.Errorf("GET /_control for a script = %s", got.text)
	}
	if got := b.post(here+"/_control/resend", "event", state.Deliveries[0].Event); got.status != 303 {
		t.Errorf("resend = %d", got.status)
	}
}
