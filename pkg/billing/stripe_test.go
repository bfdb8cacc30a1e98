package billing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/entitlement"
)

// replies answers one request after the other; the last one stays.
type replies struct {
	all  []*http.Response
	seen []*http.Request
}

func (r *replies) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen = append(r.seen, req)
	next := r.all[0]
	if len(r.all) > 1 {
		r.all = r.all[1:]
	}
	if next == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return next, nil
}

func reply(status int, kind, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body))}
}

func ok(body string) *http.Response { return reply(200, "application/json", body) }

func talk(r *replies) *billing.Stripe {
	return billing.NewStripe("https://stripe.test/", &http.Client{Transport: r}, billing.FixedKey(stripetest.TestKey))
}

const noSubscriptions = `{"object":"list","data":[],"has_more":false}`

func TestCallsThatAreMadeAgain(t *testing.T) {
	t.Parallel()
	const limited = `{"error":{"type":"invalid_request_error","code":"rate_limit"}}`
	failure := func(status int) *http.Response {
		return reply(status, "application/json", `{"error":{"type":"api_error"}}`)
	}
	tests := []struct {
		name  string
		all   []*http.Response
		calls int
		fails bool
	}{
		{name: "an answer", all: []*http.Response{ok(noSubscriptions)}, calls: 1},
		{name: "a lost answer", all: []*http.Response{nil, ok(noSubscriptions)}, calls: 2},
		{name: "a failure", all: []*http.Response{failure(500), ok(noSubscriptions)}, calls: 2},
		{name: "nothing but failures", all: []*http.Response{failure(503), failure(503), failure(503), ok(noSubscriptions)}, calls: 3, fails: true},
		{name: "a rate limit", all: []*http.Response{reply(429, "application/json", limited), reply(429, "application/json", limited), ok(noSubscriptions)}, calls: 3},
		{name: "a gateway's page instead of a failure", all: []*http.Response{reply(502, "text/html", "<html>"), ok(noSubscriptions)}, calls: 2},
		{name: "a page instead of an answer", all: []*http.Response{reply(200, "text/html", "<html>"), ok(noSubscriptions)}, calls: 2},
		{name: "half an answer", all: []*http.Response{ok(`{"data":[`), ok(noSubscriptions)}, calls: 2},
		{name: "a refusal", all: []*http.Response{reply(400, "application/json", `{"error":{"type":"invalid_request_error"}}`), ok(noSubscriptions)}, calls: 1, fails: true},
		{name: "no permission", all: []*http.Response{reply(403, "application/json", `{"error":{"type":"invalid_request_error"}}`)}, calls: 1, fails: true},
		{name: "an answer without end", all: []*http.Response{ok(`{"data":["` + strings.Repeat("x", 5<<20)), ok(noSubscriptions)}, calls: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &replies{all: tt.all}
				_, err := talk(r).Standing(t.Context(), "cus_1")
				if (err != nil) != tt.fails || len(r.seen) != tt.calls {
					t.Errorf("%d calls, error %v; want %d, failed = %v", len(r.seen), err, tt.calls, tt.fails)
				}
			})
		})
	}
}

func TestACallIsSentAsStripeWantsIt(t *testing.T) {
	t.Parallel()
	r := &replies{all: []*http.Response{ok(noSubscriptions)}}
	if _, err := talk(r).Standing(t.Context(), "cus_1"); err != nil {
		t.Fatal(err)
	}
	got := r.seen[0]
	if q := got.URL.Query(); got.URL.Host+got.URL.Path != "stripe.test/v1/subscriptions" || q.Encode() != "customer=cus_1&limit=100&status=all" {
		t.Errorf("address = %s", got.URL)
	}
	for name, want := range map[string]string{"Authorization": "Bearer " + stripetest.TestKey, "Stripe-Version": "2023-10-16"} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s = %q, want %q", name, v, want)
		}
	}
	if got.Header.Get("X-Stripe-Client-Telemetry") != "" {
		t.Error("telemetry is on")
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &replies{all: []*http.Response{reply(429, "application/json", `{"error":{"type":"invalid_request_error"}}`)}}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := talk(r).Standing(ctx, "cus_1"); err == nil {
			t.Error("no error")
		}
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("waited %v", took)
		}
	})
}

func TestErrorsHoldNothingThatWasSent(t *testing.T) {
	t.Parallel()
	r := &replies{all: []*http.Response{reply(400, "application/json", `{"error":{"type":"invalid_request_error","code":"email_invalid","param":"email","message":"Invalid email address: ann@example.com"}}`)}}
	_, err := talk(r).Standing(t.Context(), "cus_1")
	if err == nil || strings.Contains(err.Error(), "ann@") || !strings.Contains(err.Error(), "email_invalid") {
		t.Errorf("error = %v", err)
	}
}

func TestARefusedKeyIsFetchedAnew(t *testing.T) {
	t.Parallel()
	account := stripetest.New(stripetest.Config{})
	stored := "sk_test_before_rotation"
	keys := func(ctx context.Context, call func(context.Context, string) error) error {
		err := call(ctx, stored)
		if errors.Is(err, boot.ErrRejected) {
			stored = stripetest.TestKey
			return call(ctx, stored)
		}
		return err
	}
	id := account.AddCustomer("ann@example.com", nil)
	if _, err := billing.NewStripe("", account.Client(), keys).Standing(t.Context(), id); err != nil {
		t.Errorf("Standing after a rotation: %v", err)
	}
}

// The period's end is at the top in one API version and on the items in others.
func TestStandingReadsBothShapes(t *testing.T) {
	t.Parallel()
	at := func(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
	const price = `"price":{"id":"price_1","lookup_key":"pro_monthly"}`
	tests := []struct {
		name string
		json string
		want entitlement.Subscription
	}{
		{name: "2023-10-16", json: `"status":"active","current_period_end":200,"items":{"data":[{` + price + `}]}`, want: entitlement.Subscription{Status: "active", Tier: "pro", CurrentPeriodEnd: at(200)}},
		{name: "2025-03-31 and later", json: `"status":"active","items":{"data":[{` + price + `,"current_period_end":200}]}`, want: entitlement.Subscription{Status: "active", Tier: "pro", CurrentPeriodEnd: at(200)}},
		{name: "several items: the latest end and the highest tier", json: `"status":"active","items":{"data":[{"price":{"id":"price_2","lookup_key":"team_monthly"},"current_period_end":200},{` + price + `,"current_period_end":300}]}`, want: entitlement.Subscription{Status: "active", Tier: "team", CurrentPeriodEnd: at(300)}},
		{name: "ends with its period", json: `"status":"active","cancel_at_period_end":true,"current_period_end":200,"items":{"data":[{` + price + `}]}`, want: entitlement.Subscription{Status: "active", Tier: "pro", CurrentPeriodEnd: at(200), CancelAt: at(200)}},
		{name: "ends at a time", json: `"status":"active","cancel_at":150,"current_period_end":200,"items":{"data":[{` + price + `}]}`, want: entitlement.Subscription{Status: "active", Tier: "pro", CurrentPeriodEnd: at(200), CancelAt: at(150)}},
		{name: "paused collection", json: `"status":"active","pause_collection":{"behavior":"void"},"current_period_end":200,"items":{"data":[{` + price + `}]}`, want: entitlement.Subscription{Status: "active", Tier: "pro", CurrentPeriodEnd: at(200)}},
		{name: "disputed", json: `"status":"active","metadata":{"disputed":"dp_1"},"current_period_end":200,"items":{"data":[{` + price + `}]}`, want: entitlement.Subscription{Status: "active", Tier: "pro", CurrentPeriodEnd: at(200), Disputed: true}},
		{name: "nulls", json: `"status":"canceled","cancel_at":null,"metadata":null,"latest_invoice":null,"items":{"data":[]}`, want: entitlement.Subscription{Status: "canceled"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &replies{all: []*http.Response{ok(`{"data":[{"id":"sub_1","created":100,` + tt.json + `}]}`)}}
			st, err := talk(r).Standing(t.Context(), "cus_1")
			if err != nil {
				t.Fatal(err)
			}
			tt.want.ID, tt.want.Created = "sub_1", at(100)
			if diff := cmp.Diff([]entitlement.Subscription{tt.want}, st.Subscriptions); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStandingOfAPastDueSubscription(t *testing.T) {
	t.Parallel()
	const late = `{"data":[{"id":"sub_1","status":"past_due","current_period_start":500,"current_period_end":900}]}`
	for invoices, want := range map[string]int64{
		`{"data":[{"created":400},{"created":300}]}`: 300,
		`{"data":[]}`: 500,
	} {
		r := &replies{all: []*http.Response{ok(late), ok(invoices)}}
		st, err := talk(r).Standing(t.Context(), "cus_1")
		if err != nil || st.Subscriptions[0].UnpaidSince.Unix() != want {
			t.Errorf("open invoices %s: unpaid since %v, %v, want %d", invoices, st.Subscriptions, err, want)
		}
	}
	r := &replies{all: []*http.Response{ok(late), reply(400, "application/json", `{"error":{"type":"invalid_request_error"}}`)}}
	if _, err := talk(r).Standing(t.Context(), "cus_1"); err == nil {
		t.Error("without the invoices there is no grace to work out, and no error")
	}
}

func TestStandingReadsEveryPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	customer := s.customer(t, ann)
	for range 130 {
		s.account.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
	}
	st, err := s.api.Standing(t.Context(), customer)
	if err != nil || len(st.Subscriptions) != 130 || st.Sub != sub || !st.At.Equal(s.account.Now()) {
		t.Errorf("%d subscriptions of %q at %v, %v; want 130 of %q at %v", len(st.Subscriptions), st.Sub, st.At, err, sub, s.account.Now())
	}
}

func TestStandingOfSubscriptionsThatDisagree(t *testing.T) {
	t.Parallel()
	r := &replies{all: []*http.Response{ok(`{"data":[{"id":"sub_1","metadata":{"cognito_sub":"u1"}},{"id":"sub_2","metadata":{"cognito_sub":"u2"}}]}`)}}
	if st, err := talk(r).Standing(t.Context(), "cus_1"); err != nil || st.Sub != "" {
		t.Errorf("the user is %q, %v; want nobody", st.Sub, err)
	}
}

func TestWarmSendsNothing(t *testing.T) {
	t.Parallel()
	billing.Warm(t.Context()) // a request would fail: nothing listens there
}

func TestLive(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{"sk_test_1": false, "rk_test_1": false, "sk_live_1": true, "rk_live_1": true} {
		if got, err := billing.Live(billing.FixedKey(key))(t.Context()); err != nil || got != want {
			t.Errorf("Live(%s…) = %v, %v, want %v", key[:7], got, err, want)
		}
	}
	down := func(context.Context, func(context.Context, string) error) error { return errors.New("down") }
	if _, err := billing.Live(down)(t.Context()); err == nil {
		t.Error("without the key: no error")
	}
}

func TestAPIErrorSaysWhatStripeNeedsToKnow(t *testing.T) {
	t.Parallel()
	err := &billing.APIError{Status: 400, Type: "invalid_request_error", Code: "resource_missing", Param: "customer", RequestID: "req_1"}
	for _, part := range []string{"400", "resource_missing", "customer", "req_1"} {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("%v lacks %s", err, part)
		}
	}
}
