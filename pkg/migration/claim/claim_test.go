package claim_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/claim"
)

const email = "legacy@example.com"

// world is a user of the old system who has paid, and what the pool says of
// addresses.
type world struct {
	db       *dynamotest.DB
	stripe   *stripetest.Server
	legacy   migration.Rows
	rows     entitlement.Rows
	log      bytes.Buffer
	claims   *claim.Claims
	customer string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dynamotest.New(t), stripe: stripetest.New(stripetest.Config{})}
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": w.db.URL,
		"TABLE_ENTITLEMENTS": w.db.Table("entitlements"), "TABLE_LEGACY_USERS": w.db.Table("legacy_users"),
	}
	p := boot.NewProcess("test", func(name string) (string, bool) { v, ok := env[name]; return v, ok }, &w.log)
	client := billing.NewStripe("", w.stripe.Client(), billing.FixedKey(stripetest.TestKey))
	w.claims = claim.Open(p, w.db.Client, client, vouching(true, nil))
	w.claims.Log = slog.New(slog.NewJSONHandler(&w.log, nil))
	w.legacy = migration.Rows{DB: w.db, Table: w.db.Table("legacy_users"), Now: time.Now}
	w.rows = entitlement.Rows{DB: w.db, Table: w.db.Table("entitlements")}
	w.customer = w.stripe.AddCustomer(email, nil)
	w.stripe.Subscribe(w.customer, "pro_monthly", stripetest.Good, 0)
	return w
}

func vouching(yes bool, err error) func(context.Context, string, string) (bool, error) {
	return func(context.Context, string, string) (bool, error) { return yes, err }
}

// remember puts a legacy user there, as snapshot and backfill do.
func (w *world) remember(t *testing.T, l migration.Legacy) {
	t.Helper()
	if _, err := w.legacy.Remember(t.Context(), email, l); err != nil {
		t.Fatal(err)
	}
	if l.CustomerID == "" {
		return
	}
	if got, err := w.legacy.Pay(t.Context(), email, l); err != nil || got.CustomerID != l.CustomerID {
		t.Fatalf("Pay = %+v, %v", got, err)
	}
}

func (w *world) row(t *testing.T, sub string) entitlement.Row {
	t.Helper()
	row, err := w.rows.Get(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// TestWhoGetsWhatWasPaid has one row for each relation between somebody new and
// a user of the old system.
func TestWhoGetsWhatWasPaid(t *testing.T) {
	t.Parallel()
	user := billing.User{Sub: "u-1", Email: email}
	tests := []struct {
		name   string
		legacy func(w *world) *migration.Legacy
		before func(t *testing.T, w *world)
		user   billing.User
		vouch  func(context.Context, string, string) (bool, error)
		gets   bool // the old customer, and pro
		claims bool // the row
		err    error
	}{
		{name: "the user who came over", user: user, gets: true, claims: true},
		{name: "one whose address the trigger vouches for", user: billing.User{Sub: "u-1", Email: email, Proven: true}, vouch: vouching(false, nil), gets: true, claims: true},
		{name: "the address in another case", user: billing.User{Sub: "u-1", Email: "LEGACY@example.com"}, gets: true, claims: true},
		{name: "one for whom the pool does not vouch", user: user, vouch: vouching(false, nil)},
		{name: "one of whom the pool knows nothing yet", user: user, vouch: vouching(false, claim.ErrNobody), err: claim.ErrNobody},
		{name: "somebody with another address", user: billing.User{Sub: "u-1", Email: "other@example.com"}},
		{name: "somebody without an address", user: billing.User{Sub: "u-1"}},
		{name: "one who never confirmed in the old system", user: user, legacy: func(w *world) *migration.Legacy { return &migration.Legacy{ID: "1"} }},
		{name: "one who never paid", user: user, claims: true, legacy: func(w *world) *migration.Legacy { return &migration.Legacy{ID: "1", Confirmed: true} }},
		{name: "somebody, when another user was first", user: user, before: func(t *testing.T, w *world) {
			if _, ok, err := w.legacy.Claim(t.Context(), email, "u-0"); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}},
		{name: "one whose old customer was deleted", user: user, claims: true, before: func(t *testing.T, w *world) { w.stripe.DeleteCustomer(w.customer) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			l := &migration.Legacy{ID: "1", Confirmed: true, CustomerID: w.customer, Tier: entitlement.Pro}
			if tt.legacy != nil {
				l = tt.legacy(w)
			}
			w.remember(t, *l)
			if tt.before != nil {
				tt.before(t, w)
			}
			if tt.vouch != nil {
				w.claims.Vouch = tt.vouch
			}
			id, err := w.claims.Link(t.Context(), tt.user)
			if !errors.Is(err, tt.err) || tt.err == nil && err != nil {
				t.Fatalf("Link = %q, %v, want %v", id, err, tt.err)
			}
			row := w.row(t, "u-1")
			if got := id == w.customer && row.CustomerID == w.customer && row.Tier == entitlement.Pro; got != tt.gets {
				t.Errorf("Link = %q, row %+v: the old customer and pro %t, want %t", id, row, got, tt.gets)
			}
			if err == nil && (id == "" || row.CustomerID != id) {
				t.Errorf("Link = %q, the row says %q", id, row.CustomerID)
			}
			if now, _ := w.legacy.Get(t.Context(), email); (now.Sub == "u-1") != tt.claims {
				t.Errorf("the legacy row belongs to %q, claim wanted: %t", now.Sub, tt.claims)
			}
			if strings.Contains(w.log.String(), "example.com") {
				t.Errorf("log names the address:\n%s", &w.log)
			}
		})
	}
}

// TestAHandoverThatBreaksOff fails Stripe at each call in turn; the next use
// makes it good.
func TestAHandoverThatBreaksOff(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		w := newWorld(t)
		w.remember(t, migration.Legacy{ID: "1", Confirmed: true, CustomerID: w.customer, Tier: entitlement.Pro})
		w.claims.Give.Customers = billing.Customers{Stripe: billing.NewStripe("", failing(w.stripe.Client(), n), billing.FixedKey(stripetest.TestKey))}
		_, first := w.claims.Link(t.Context(), billing.User{Sub: "u-1", Email: email})
		w.claims.Give.Customers = billing.Customers{Stripe: billing.NewStripe("", w.stripe.Client(), billing.FixedKey(stripetest.TestKey))}
		id, err := w.claims.Link(t.Context(), billing.User{Sub: "u-1", Email: email})
		if err != nil || id != w.customer || w.row(t, "u-1").Tier != entitlement.Pro {
			t.Errorf("call %d failed (%v): afterwards Link = %q, %v, row %+v", n, first, id, err, w.row(t, "u-1"))
		}
		if c, _ := w.stripe.Customer(w.customer); c.Metadata["cognito_sub"] != "u-1" || len(w.stripe.Customers()) != 1 {
			t.Errorf("call %d failed: %d customers, metadata %v", n, len(w.stripe.Customers()), c.Metadata)
		}
	}
}

// failing loses the answer of the n-th call and of all after it.
func failing(c *http.Client, n int) *http.Client {
	var mu sync.Mutex
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		resp, err := c.Transport.RoundTrip(r)
		if n--; n < 0 {
			if err == nil {
				_ = resp.Body.Close()
			}
			return nil, errors.New("connection reset")
		}
		return resp, err
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestManyFirstUsesAtOnce come from one user, as an app's first page does.
func TestManyFirstUsesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.claims.Log = slog.New(slog.DiscardHandler)
	w.remember(t, migration.Legacy{ID: "1", Confirmed: true, CustomerID: w.customer, Tier: entitlement.Pro})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if id, err := w.claims.Link(t.Context(), billing.User{Sub: "u-1", Email: email}); err != nil || id != w.customer {
				t.Errorf("Link = %q, %v, want %s", id, err, w.customer)
			}
		})
	}
	wg.Wait()
	if n := len(w.stripe.Customers()); n != 1 {
		t.Errorf("Stripe has %d customers, want the old one alone", n)
	}
}

// TestARowThatAWebhookWrote stays as it is.
func TestARowThatAWebhookWrote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	paying := w.stripe.AddCustomer(email, map[string]string{"cognito_sub": "u-1"})
	w.stripe.Subscribe(paying, "team_monthly", stripetest.Good, 0)
	if _, given, err := w.claims.Give.Run(t.Context(), "u-1", paying); given != claim.Applied || err != nil {
		t.Fatalf("Run = %s, %v", given, err)
	}
	before := w.row(t, "u-1")
	id, given, err := w.claims.Give.Run(t.Context(), "u-1", w.customer)
	if id != paying || given != claim.Other || err != nil {
		t.Errorf("Run = %q, %s, %v, want the customer that was there", id, given, err)
	}
	if after := w.row(t, "u-1"); after.Version != before.Version || !after.Equal(before.Entitlement) {
		t.Errorf("row = %+v, want %+v", after, before)
	}
	if c, _ := w.stripe.Customer(w.customer); c.Metadata["cognito_sub"] != "" {
		t.Errorf("the old customer was adopted by %q", c.Metadata["cognito_sub"])
	}
}

// TestACustomerOfAnother is not taken away from its user.
func TestACustomerOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	his := w.stripe.AddCustomer("other@example.com", map[string]string{"cognito_sub": "u-0"})
	w.stripe.Subscribe(his, "team_monthly", stripetest.Good, 0)
	if id, given, err := w.claims.Give.Run(t.Context(), "u-1", his); id != "" || given != claim.Refused || err != nil {
		t.Errorf("Run = %q, %s, %v, want a refusal", id, given, err)
	}
	if row := w.row(t, "u-1"); row.CustomerID != "" || row.Tier != entitlement.Free {
		t.Errorf("row = %+v, want nothing", row)
	}
	if c, _ := w.stripe.Customer(his); c.Metadata["cognito_sub"] != "u-0" {
		t.Errorf("the customer belongs to %q now", c.Metadata["cognito_sub"])
	}
}

// TestAStrangerCostsOneRead counts what somebody pays who was never there.
func TestAStrangerCostsOneRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.claims.Vouch = func(context.Context, string, string) (bool, error) {
		t.Error("the pool was asked about a stranger")
		return false, nil
	}
	next := &recorder{}
	w.claims.Next = next
	if id, err := w.claims.Link(t.Context(), billing.User{Sub: "u-1", Email: "new@example.com", Fresh: true}); id != "cus_new" || err != nil {
		t.Errorf("Link = %q, %v", id, err)
	}
	if want := []billing.User{{Sub: "u-1", Email: "new@example.com", Fresh: true}}; !slices.Equal(next.asked, want) {
		t.Errorf("Next was asked for %+v, want %+v", next.asked, want)
	}
}

type recorder struct{ asked []billing.User }

func (r *recorder) Link(_ context.Context, u billing.User) (string, error) {
	r.asked = append(r.asked, u)
	return "cus_new", nil
}
