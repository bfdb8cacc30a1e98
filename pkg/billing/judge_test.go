package billing_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
)

// stripeMock is Stripe's own validator of requests, at the release whose
// specification is that of API version 2023-10-16.
const stripeMock = "github.com/stripe/stripe-mock@v0.183.0"

// ids match what differs from request to request in a path.
var ids = regexp.MustCompile(`/(cus|sub|in|ch|dp|evt|cs_test|price|promo)_[A-Za-z0-9_]+`)

// everything makes every kind of request that this package makes, and returns
// one of each: a method, a path with {id} for ids, and the parameters' names.
func everything(t *testing.T) map[string]stripetest.Request {
	t.Helper()
	s := newShop(t)
	s.accept(t, ann)
	s.checkout.TrialDays, s.checkout.AutomaticTax = 14, true
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "pro", PromotionCode: "LAUNCH20"}))
	x, err := s.checkout.Start(t.Context(), ann, billing.Wish{Tier: "team"}) // closes the first
	must(x, err)
	s.account.Pay(x.ID, stripetest.Good)
	must(s.visit.Look(t.Context(), ann, x.ID))
	must(s.portal.Open(t.Context(), ann))
	s.deliver(t)
	customer := s.row(t, ann).CustomerID
	s.advance(t, 15*day)
	won, lost := s.account.Dispute(s.charges()[0]), ""
	s.deliver(t)
	s.account.CloseDispute(won, true)
	s.account.SetCard(customer, stripetest.Declines)
	s.advance(t, 32*day) // past due: its open invoices are asked for
	s.account.SetCard(customer, stripetest.Good)
	s.account.PayInvoices(s.account.Subscriptions()[0].ID)
	lost = s.account.Dispute(s.charges()[0])
	s.account.CloseDispute(lost, false)
	s.account.Refund(s.charges()[0], 0)
	s.deliver(t)
	s.account.Subscribe(s.account.AddCustomer("bob@example.com", nil), "pro_monthly", stripetest.Good, 0)
	s.account.SetWeather(stripetest.Weather{Outage: true})
	s.account.CancelSubscription(s.account.Subscriptions()[0].ID, false)
	s.run(t)
	must(s.reconciler.Replay(t.Context(), s.account.Events()[0].ID))
	out := map[string]stripetest.Request{}
	for _, r := range s.account.Requests() {
		if r.Status < 400 {
			out[kind(r)] = r
		}
	}
	return out
}

// kind names a request by all but its values.
func kind(r stripetest.Request) string {
	var names []string
	for name := range r.Form {
		names = append(names, name)
	}
	slices.Sort(names)
	return r.Method + " " + ids.ReplaceAllString(r.Path, "/{id}") + " " + strings.Join(names, " ")
}

// TestEveryRequestIsOneThatStripeUnderstands lists every kind of request that is
// made, and in the full run holds each against Stripe's specification.
func TestEveryRequestIsOneThatStripeUnderstands(t *testing.T) {
	t.Parallel()
	requests := everything(t)
	endpoints := map[string]bool{}
	for _, r := range requests {
		endpoints[r.Method+" "+ids.ReplaceAllString(r.Path, "/{id}")] = true
	}
	want := map[string]bool{
		"GET /v1/customers": true, "GET /v1/customers/search": true, "POST /v1/customers": true, "GET /v1/customers/{id}": true,
		"GET /v1/prices": true, "GET /v1/promotion_codes": true,
		"POST /v1/checkout/sessions": true, "GET /v1/checkout/sessions": true, "GET /v1/checkout/sessions/{id}": true, "POST /v1/checkout/sessions/{id}/expire": true,
		"POST /v1/billing_portal/sessions": true,
		"GET /v1/subscriptions":            true, "POST /v1/subscriptions/{id}": true, "DELETE /v1/subscriptions/{id}": true,
		"GET /v1/invoices": true, "GET /v1/charges/{id}": true, "GET /v1/disputes/{id}": true, "GET /v1/events": true, "GET /v1/events/{id}": true,
	}
	if diff := cmp.Diff(want, endpoints); diff != "" {
		t.Errorf("the endpoints that are called (-want +got):\n%s", diff)
	}
	if os.Getenv("REQUIRE_ENGINES") != "1" {
		return
	}
	base := startStripeMock(t)
	for kind, r := range requests {
		if status, answer := ask(t, base, r.Method, r.Path, r.Form); status >= 400 {
			t.Errorf("%s\n%s: stripe-mock answers %d %s", kind, r.Form.Encode(), status, answer)
		}
	}
	if status, _ := ask(t, base, http.MethodPost, "/v1/customers", url.Values{"colour": {"red"}}); status != http.StatusBadRequest {
		t.Errorf("stripe-mock answers %d to an unknown parameter: it does not judge", status)
	}
	standing, err := billing.NewStripe(base, &http.Client{}, billing.FixedKey("sk_test_123")).Standing(t.Context(), "cus_1")
	if err != nil || len(standing.Subscriptions) == 0 || standing.Subscriptions[0].CurrentPeriodEnd.Unix() != 1234567890 {
		t.Errorf("stripe-mock's subscription reads as %+v, %v", standing, err)
	}
}

// ask makes one request without any client library.
func ask(t *testing.T, base, method, path string, form url.Values) (int, string) {
	t.Helper()
	address, body := base+path, ""
	if method == http.MethodPost {
		body = form.Encode()
	} else if len(form) > 0 {
		address += "?" + form.Encode()
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk_test_123")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Stripe-Version", stripetest.APIVersion)
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// startStripeMock builds stripe-mock where it is not yet, and runs it until the
// test ends.
func startStripeMock(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "callanalyst", "stripe-mock-v0.183.0")
	bin := filepath.Join(dir, "stripe-mock")
	if _, err := os.Stat(bin); err != nil {
		cmd := exec.CommandContext(t.Context(), "go", "install", stripeMock)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go install %s: %v\n%s", stripeMock, err, out)
		}
	}
	port := freePort(t)
	var log bytes.Buffer
	cmd := exec.Command(bin, "-http-addr", "127.0.0.1:"+port)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	base := "http://127.0.0.1:" + port
	await(t, "127.0.0.1:"+port, &log)
	return base
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// await waits until something listens at the address.
func await(t *testing.T, address string, log fmt.Stringer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("stripe-mock does not listen on %s: %s", address, log)
		case <-tick.C:
		}
	}
}
