package stripetest_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
)

const day = 24 * time.Hour

// account is a pretend account with one customer and a clock that stands still.
type account struct {
	*stripetest.Server
	t        *testing.T
	customer string
}

func open(t *testing.T) *account {
	t.Helper()
	at := time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)
	s := stripetest.New(stripetest.Config{Now: func() time.Time { return at }, BaseURL: "https://stripe.test"})
	return &account{s, t, s.AddCustomer("ann@example.com", map[string]string{"cognito_sub": "u1"})}
}

func (a *account) get(path string, form ...string) reply {
	return send(a.t, a.Server, "GET", path, pairs(form), "")
}

func (a *account) post(path string, form ...string) reply {
	return send(a.t, a.Server, "POST", path, pairs(form), "")
}

func pairs(form []string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		v.Add(form[i], form[i+1])
	}
	return v
}

// session opens a checkout for pro.
func (a *account) session(form ...string) reply {
	return a.post("/v1/checkout/sessions", append([]string{
		"mode", "subscription", "customer", a.customer, "line_items[0][price]", "price_pro_monthly", "line_items[0][quantity]", "1",
		"success_url", "https://site.test/ok?id={CHECKOUT_SESSION_ID}", "cancel_url", "https://site.test/no", "subscription_data[metadata][cognito_sub]", "u1",
	}, form...)...)
}

// status returns the first subscription's state.
func (a *account) status() string {
	a.Tick()
	if all := a.Subscriptions(); len(all) > 0 {
		return all[0].Status
	}
	return "none"
}

// types returns the types of the events since the first n.
func (a *account) types(n int) string {
	var out []string
	for _, e := range a.Events()[n:] {
		out = append(out, e.Type)
	}
	return strings.Join(out, " ")
}

func TestAPaidCheckout(t *testing.T) {
	t.Parallel()
	a := open(t)
	x := a.session()
	if x.status != 200 || x.body["status"] != "open" || x.body["subscription"] != nil || x.body["url"] != "https://stripe.test/c/pay/"+x.id {
		t.Fatalf("session = %d %v", x.status, x.body)
	}
	before := len(a.Events())
	if !a.Pay(x.id, stripetest.Good) {
		t.Fatal("not paid")
	}
	want := "customer.subscription.created invoice.created invoice.finalized charge.succeeded invoice.paid invoice.payment_succeeded customer.subscription.updated checkout.session.completed"
	if got := a.types(before); got != want {
		t.Errorf("events = %s\nwant     %s", got, want)
	}
	got := a.get("/v1/checkout/sessions/" + x.id)
	if got.body["status"] != "complete" || got.body["payment_status"] != "paid" || got.body["url"] != nil {
		t.Errorf("session afterwards = %v", got.body)
	}
	sub := a.get("/v1/subscriptions/"+got.body["subscription"].(string), "expand[]", "customer", "expand[]", "latest_invoice")
	if sub.body["status"] != "active" || sub.body["metadata"].(map[string]any)["cognito_sub"] != "u1" {
		t.Errorf("subscription = %v", sub.body)
	}
	if end := time.Unix(int64(sub.body["current_period_end"].(float64)), 0).UTC(); !end.Equal(time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("a month from 31 January ends %v, want the last day of February", end)
	}
	if sub.body["customer"].(map[string]any)["email"] != "ann@example.com" || sub.body["latest_invoice"].(map[string]any)["status"] != "paid" {
		t.Errorf("expansions = %v, %v", sub.body["customer"], sub.body["latest_invoice"])
	}
	if a.Pay(x.id, stripetest.Good) {
		t.Error("a session was paid twice")
	}
}

func TestTheClock(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		card   stripetest.Card
		trial  int
		do     func(a *account)
		status string
		events []string // some of those that were sent
		paid   int      // invoices paid
	}{
		{name: "a renewal", card: stripetest.Good, do: func(a *account) { a.Advance(29 * day) }, status: "active", paid: 2, events: []string{"invoice.paid"}},
		{name: "three renewals", card: stripetest.Good, do: func(a *account) { a.Advance(95 * day) }, status: "active", paid: 4},
		{name: "an hour between the period's end and the money", card: stripetest.Good, do: func(a *account) { a.Advance(28*day + 30*time.Minute) }, status: "active", paid: 1},
		{name: "a renewal that fails", card: stripetest.Good, do: func(a *account) {
			a.SetCard(a.customer, stripetest.Declines)
			a.Advance(29 * day)
		}, status: "past_due", paid: 1, events: []string{"invoice.payment_failed"}},
		{name: "dunning that succeeds", card: stripetest.Good, do: func(a *account) {
			a.SetCard(a.customer, stripetest.Declines)
			a.Advance(29 * day)
			a.SetCard(a.customer, stripetest.Good)
			a.Advance(3 * day)
		}, status: "active", paid: 2},
		{name: "dunning that fails", card: stripetest.Good, do: func(a *account) {
			a.SetCard(a.customer, stripetest.Declines)
			a.Advance(44 * day)
		}, status: "canceled", paid: 1, events: []string{"customer.subscription.deleted", "invoice.voided"}},
		{name: "dunning that leaves it unpaid", card: stripetest.Good, do: func(a *account) {
			a.SetSettings(stripetest.Settings{AfterDunning: "unpaid"})
			a.SetCard(a.customer, stripetest.Declines)
			a.Advance(70 * day)
		}, status: "unpaid", paid: 1},
		{name: "the owed invoice paid by hand", card: stripetest.Good, do: func(a *account) {
			a.SetCard(a.customer, stripetest.Declines)
			a.Advance(29 * day)
			a.SetCard(a.customer, stripetest.Good)
			a.PayInvoices(a.Subscriptions()[0].ID)
		}, status: "active", paid: 2},
		{name: "a trial", trial: 14, do: func(a *account) { a.Advance(12 * day) }, status: "trialing", paid: 1, events: []string{"customer.subscription.trial_will_end"}},
		{name: "a trial over with a card", card: stripetest.Good, trial: 14, do: func(a *account) { a.Advance(15 * day) }, status: "active", paid: 2},
		{name: "a month after a trial, not the day of the month on which it began", card: stripetest.Good, trial: 14, do: func(a *account) { a.Advance((14 + 29) * day) }, status: "active", paid: 3},
		{name: "a trial over without one", trial: 14, do: func(a *account) { a.Advance(15 * day) }, status: "canceled", paid: 1},
		{name: "the end of a period that was to be the last", card: stripetest.Good, do: func(a *account) {
			a.CancelSubscription(a.Subscriptions()[0].ID, true)
			a.Advance(29 * day)
		}, status: "canceled", paid: 1},
		{name: "an end at a time", card: stripetest.Good, do: func(a *account) {
			a.post("/v1/subscriptions/"+a.Subscriptions()[0].ID, "cancel_at", "1770000000")
			a.Advance(10 * day)
		}, status: "canceled", paid: 1},
		{name: "payments paused", card: stripetest.Good, do: func(a *account) {
			a.PauseCollection(a.Subscriptions()[0].ID, "void")
			a.Advance(29 * day)
		}, status: "active", paid: 1, events: []string{"invoice.voided"}},
		{name: "payments paused as uncollectible", card: stripetest.Good, do: func(a *account) {
			a.PauseCollection(a.Subscriptions()[0].ID, "mark_uncollectible")
			a.Advance(29 * day)
		}, status: "active", paid: 1, events: []string{"invoice.marked_uncollectible"}},
		{name: "payments paused as drafts, and resumed", card: stripetest.Good, do: func(a *account) {
			a.PauseCollection(a.Subscriptions()[0].ID, "keep_as_draft")
			a.Advance(29 * day)
			a.PauseCollection(a.Subscriptions()[0].ID, "")
			a.Advance(31 * day)
		}, status: "active", paid: 2},
		{name: "3-D Secure pending", card: stripetest.Authenticate, do: func(*account) {}, status: "incomplete", events: []string{"invoice.payment_action_required"}},
		{name: "3-D Secure forgotten", card: stripetest.Authenticate, do: func(a *account) { a.Advance(day) }, status: "incomplete_expired"},
		{name: "the customer deleted", card: stripetest.Good, do: func(a *account) { a.DeleteCustomer(a.customer) }, status: "canceled", paid: 1, events: []string{"customer.subscription.deleted", "customer.deleted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := open(t)
			a.Subscribe(a.customer, "pro_monthly", tt.card, tt.trial)
			tt.do(a)
			if got := a.status(); got != tt.status {
				t.Errorf("status = %s, want %s", got, tt.status)
			}
			paid := 0
			for _, inv := range a.Invoices() {
				if inv.Status == "paid" {
					paid++
				}
			}
			if paid != tt.paid {
				t.Errorf("%d invoices paid, want %d", paid, tt.paid)
			}
			sent := strings.Fields(a.types(0))
			for _, want := range tt.events {
				if !slices.Contains(sent, want) {
					t.Errorf("no event %s among %v", want, sent)
				}
			}
		})
	}
}

func TestAPausedTrial(t *testing.T) {
	t.Parallel()
	a := open(t)
	x := a.session("subscription_data[trial_period_days]", "7", "subscription_data[trial_settings][end_behavior][missing_payment_method]", "pause", "payment_method_collection", "if_required")
	if !a.Pay(x.id, stripetest.NoCard) {
		t.Fatal("the trial did not begin")
	}
	a.Advance(8 * day)
	id := a.Subscriptions()[0].ID
	if got := a.status(); got != "paused" {
		t.Fatalf("status = %s, want paused", got)
	}
	a.SetCard(a.customer, stripetest.Good)
	if got := a.post("/v1/subscriptions/" + id + "/resume"); got.status != 200 || got.body["status"] != "active" {
		t.Errorf("resume = %d %v", got.status, got.body["status"])
	}
	if got := a.post("/v1/subscriptions/" + id + "/resume"); got.status != 400 {
		t.Errorf("resume of what is not paused = %d, want 400", got.status)
	}
	a.Advance(2 * time.Hour)
	if inv := a.Invoices()[0]; inv.Status != "paid" || inv.Amount != 2900 {
		t.Errorf("the first invoice after the pause = %+v", inv)
	}
}

func TestADiscount(t *testing.T) {
	t.Parallel()
	a := open(t)
	promo := a.get("/v1/promotion_codes", "code", "launch20", "active", "true")
	id := promo.body["data"].([]any)[0].(map[string]any)["id"].(string)
	x := a.session("discounts[0][promotion_code]", id)
	a.Pay(x.id, stripetest.Good)
	a.Advance(29 * day)
	if all := a.Invoices(); all[1].Amount != 2320 || all[0].Amount != 2900 {
		t.Errorf("first invoice %d, second %d; want 20 %% off the first alone", all[1].Amount, all[0].Amount)
	}
}

func TestRefundsAndDisputes(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	charge := a.Invoices()[0].Charge
	before := len(a.Events())
	for _, step := range []struct {
		amount, code string
		status       int
		refunded     bool
	}{
		{amount: "900", status: 200},
		{amount: "5000", status: 400},
		{amount: "x", status: 400, code: "parameter_invalid_integer"},
		{amount: "2000", status: 200, refunded: true},
		{amount: "1", status: 400, code: "charge_already_refunded", refunded: true},
	} {
		got := a.post("/v1/refunds", "charge", charge, "amount", step.amount)
		if got.status != step.status || got.code != step.code {
			t.Errorf("refund of %s = %d %s, want %d %s", step.amount, got.status, got.code, step.status, step.code)
		}
		if ch := a.get("/v1/charges/" + charge); ch.body["refunded"] != step.refunded {
			t.Errorf("after %s the charge is refunded = %v, want %v", step.amount, ch.body["refunded"], step.refunded)
		}
	}
	dispute := a.Dispute(charge)
	if again := a.Dispute(charge); dispute == "" || again != "" {
		t.Errorf("disputes %q and %q, want one", dispute, again)
	}
	a.CloseDispute(dispute, true)
	a.CloseDispute(dispute, false)
	got := a.get("/v1/disputes/"+dispute, "expand[]", "charge.invoice.subscription")
	if got.body["status"] != "won" {
		t.Errorf("dispute = %v, want won", got.body["status"])
	}
	inner := got.body["charge"].(map[string]any)["invoice"].(map[string]any)["subscription"].(map[string]any)
	if inner["id"] != a.Subscriptions()[0].ID {
		t.Errorf("the dispute's subscription = %v", inner["id"])
	}
	if types := a.types(before); types != "charge.refunded charge.refunded charge.dispute.created charge.dispute.closed" {
		t.Errorf("events = %s", types)
	}
}

func TestWhatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	done := a.Subscriptions()[0].ID
	a.CancelSubscription(done, false)
	gone := a.AddCustomer("bob@example.com", nil)
	a.DeleteCustomer(gone)
	base := []string{"mode", "subscription", "line_items[0][price]", "price_pro_monthly", "success_url", "https://site.test/"}
	with := func(extra ...string) []string { return append(slices.Clone(base), extra...) }
	tests := []struct {
		name, path  string
		form        []string
		status      int
		code, param string
	}{
		{name: "a session without a customer", path: "/v1/checkout/sessions", form: base, status: 400, code: "parameter_missing", param: "customer"},
		{name: "a session for a deleted customer", path: "/v1/checkout/sessions", form: with("customer", gone), status: 400, code: "resource_missing", param: "customer"},
		{name: "a session for a price that there is not", path: "/v1/checkout/sessions", form: with("customer", a.customer, "line_items[0][price]", "price_none"), status: 400, code: "resource_missing", param: "line_items[0][price]"},
		{name: "discounts and promotion codes", path: "/v1/checkout/sessions", form: with("customer", a.customer, "discounts[0][coupon]", "LAUNCH20", "allow_promotion_codes", "true"), status: 400, code: "parameter_invalid", param: "discounts"},
		{name: "a promotion code that there is not", path: "/v1/checkout/sessions", form: with("customer", a.customer, "discounts[0][promotion_code]", "promo_none"), status: 400, code: "resource_missing", param: "discounts[0][promotion_code]"},
		{name: "a coupon that there is not", path: "/v1/checkout/sessions", form: with("customer", a.customer, "discounts[0][coupon]", "NONE"), status: 400, code: "resource_missing", param: "discounts[0][coupon]"},
		{name: "tax without an address", path: "/v1/checkout/sessions", form: with("customer", a.customer, "automatic_tax[enabled]", "true"), status: 400, code: "customer_tax_location_invalid", param: "automatic_tax[enabled]"},
		{name: "a trial of no days", path: "/v1/checkout/sessions", form: with("customer", a.customer, "subscription_data[trial_period_days]", "0"), status: 400, code: "parameter_invalid_integer", param: "subscription_data[trial_period_days]"},
		{name: "a success page that is no address", path: "/v1/checkout/sessions", form: append(with("customer", a.customer)[:4], "success_url", "ok", "customer", a.customer), status: 400, code: "url_invalid", param: "success_url"},
		{name: "a payment instead of a subscription", path: "/v1/checkout/sessions", form: []string{"mode", "payment"}, status: 400, code: "parameter_invalid", param: "mode"},
		{name: "an unknown parameter", path: "/v1/checkout/sessions", form: with("customer", a.customer, "colour", "red"), status: 400, code: "parameter_unknown", param: "colour"},
		{name: "a portal for a deleted customer", path: "/v1/billing_portal/sessions", form: []string{"customer", gone}, status: 400, code: "resource_missing", param: "customer"},
		{name: "a change of what is over", path: "/v1/subscriptions/" + done, form: []string{"cancel_at_period_end", "true"}, status: 400},
		{name: "metadata of what is over", path: "/v1/subscriptions/" + done, form: []string{"metadata[a]", "b"}, status: 200},
		{name: "a price for another product", path: "/v1/prices", form: []string{"product", "prod_none", "unit_amount", "1", "currency", "usd"}, status: 400, code: "resource_missing", param: "product"},
		{name: "a lookup key that is taken", path: "/v1/prices", form: []string{"product", "prod_pro", "unit_amount", "1", "currency", "usd", "lookup_key", "pro_monthly"}, status: 400, param: "lookup_key"},
		{name: "a refund of no charge", path: "/v1/refunds", form: []string{"charge", "ch_none"}, status: 400, code: "resource_missing", param: "charge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := a.post(tt.path, tt.form...)
			if got.status != tt.status || got.code != tt.code || got.param != tt.param {
				t.Errorf("%d %s %s (%s), want %d %s %s", got.status, got.code, got.param, got.message, tt.status, tt.code, tt.param)
			}
		})
	}
	for path, status := range map[string]int{
		"/v1/checkout/sessions/cs_none": 404, "/v1/subscriptions/sub_none": 404, "/v1/invoices/in_none": 404, "/v1/charges/ch_none": 404,
		"/v1/disputes/dp_none": 404, "/v1/events/evt_none": 404, "/v1/subscriptions?customer=cus_none": 400, "/v1/subscriptions?status=all&expand[]=data.colour": 400,
		"/v1/subscriptions?status=all&customer=" + gone: 200, "/v1/customers?expand[]=a.b.c.d.e": 400,
	} {
		if got := a.get(path); got.status != status {
			t.Errorf("GET %s = %d %s, want %d", path, got.status, got.message, status)
		}
	}
	if got := send(t, a.Server, "DELETE", "/v1/subscriptions/"+done, nil, ""); got.status != 404 || got.code != "resource_missing" {
		t.Errorf("cancelling what is over = %d %s, want 404 resource_missing", got.status, got.code)
	}
}

func TestPricesMoveTheirLookupKey(t *testing.T) {
	t.Parallel()
	a := open(t)
	first := a.get("/v1/prices", "lookup_keys[0]", "pro_monthly", "active", "true", "expand[]", "data.product")
	if p := first.body["data"].([]any); len(p) != 1 || p[0].(map[string]any)["product"].(map[string]any)["name"] != "Call Analyst Pro" {
		t.Fatalf("prices = %v", first.body)
	}
	made := a.post("/v1/prices", "product", "prod_pro", "unit_amount", "3500", "currency", "usd", "recurring[interval]", "month", "lookup_key", "pro_monthly", "transfer_lookup_key", "true")
	now := a.get("/v1/prices", "lookup_keys[]", "pro_monthly")
	if p := now.body["data"].([]any); len(p) != 1 || p[0].(map[string]any)["id"] != made.id {
		t.Errorf("pro_monthly = %v, want %s alone", now.body["data"], made.id)
	}
}

func TestListsOfSubscriptions(t *testing.T) {
	t.Parallel()
	a := open(t)
	for range 3 {
		a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	}
	ids := a.Subscriptions()
	a.CancelSubscription(ids[1].ID, false)
	for form, want := range map[string]int{
		"customer=" + a.customer: 2, "customer=" + a.customer + "&status=all": 3, "status=canceled": 1, "status=ended": 1, "status=active": 2,
		"status=all&limit=2": 2, "status=all&starting_after=" + ids[0].ID: 2, "status=all&price=price_team_monthly": 0,
		"status=all&created[gte]=4000000000": 0, "status=all&created[lt]=4000000000": 3,
	} {
		got := a.get("/v1/subscriptions?" + form)
		if data, _ := got.body["data"].([]any); got.status != 200 || len(data) != want {
			t.Errorf("%s: %d with %d subscriptions, want %d", form, got.status, len(data), want)
		}
	}
}

func TestASnapshotKeepsTheWholeAccount(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.Subscribe(a.customer, "pro_monthly", stripetest.Good, 0)
	a.Advance(40 * day)
	shot, err := a.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	b := stripetest.New(stripetest.Config{Now: func() time.Time { return time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC) }})
	if err := b.Restore(shot); err != nil {
		t.Fatal(err)
	}
	again, err := b.Snapshot()
	if err != nil || string(again) != string(shot) {
		t.Errorf("the restored account differs: %v", err)
	}
	b.Advance(31 * day)
	if n := len(b.Invoices()); n != len(a.Invoices())+1 {
		t.Errorf("%d invoices a month later, want %d", n, len(a.Invoices())+1)
	}
	if err := b.Add([]byte(`{"customers":{"cus_added":{"id":"cus_added","email":"x@example.com"}}}`)); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.Customer("cus_added"); !ok || len(b.Subscriptions()) != 1 {
		t.Error("Add replaced instead of adding")
	}
	if err := b.Add([]byte(`[`)); err == nil {
		t.Error("Add took half a snapshot")
	}
}
