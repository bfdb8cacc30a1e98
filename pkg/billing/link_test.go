package billing_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

const sub = "8b1f0c4e-3f66-4c39-9d1b-0c6f5f0f9a01"

func TestLink(t *testing.T) {
	t.Parallel()
	user := billing.User{Sub: sub, Email: "ann@example.com"}
	tests := []struct {
		name    string
		user    billing.User
		before  func(*world)
		wantErr error
		want    int // live customers that carry the user's sub afterwards
		creates int // POST /v1/customers that Stripe saw
	}{
		{name: "a new user gets a customer", user: user, want: 1, creates: 1},
		{name: "a user without e-mail gets a customer", user: billing.User{Sub: sub}, want: 1, creates: 1},
		{name: "an address that Stripe does not take is left out", user: billing.User{Sub: sub, Email: "not an address"}, want: 1, creates: 2},
		{name: "no sub is refused", user: billing.User{Email: "ann@example.com"}, wantErr: billing.ErrNoSub},
		{
			name: "a linked user keeps the customer", user: user, want: 1,
			before: func(w *world) { w.rows.links[sub] = billing.Link{CustomerID: w.account.AddCustomer("", mine())} },
		},
		{
			name: "a customer whose link was lost is found by e-mail at once", user: user, want: 1,
			before: func(w *world) { w.account.AddCustomer("ann@example.com", mine()) },
		},
		{
			name: "a customer whose link was lost is found by sub after the e-mail changed", user: user, want: 1,
			before: func(w *world) {
				w.account.AddCustomer("old@example.com", mine())
				w.clock = w.clock.Add(time.Minute)
			},
		},
		{
			name: "somebody else's customer with the same e-mail is left alone", user: user, want: 1, creates: 1,
			before: func(w *world) { w.account.AddCustomer("ann@example.com", map[string]string{"cognito_sub": "other"}) },
		},
		{
			name: "a customer without a sub is left alone", user: user, want: 1, creates: 1,
			before: func(w *world) { w.account.AddCustomer("ann@example.com", nil) },
		},
		{
			name: "a stored failure is passed by another key", user: user, want: 1, creates: 2,
			before: func(w *world) {
				w.account.Inject(stripetest.Fault{Match: "POST /v1/customers", Times: 1, Status: 500})
			},
		},
		{
			name: "a failure after the work is found, not repeated", user: user, want: 1, creates: 1,
			before: func(w *world) {
				w.account.Inject(stripetest.Fault{Match: "POST /v1/customers", Times: 1, Status: 500, After: true})
			},
		},
		{
			name: "an answer lost on the way is asked for again", user: user, want: 1, creates: 2,
			before: func(w *world) {
				w.account.Inject(stripetest.Fault{Match: "POST /v1/customers", Times: 1, Drop: true, After: true})
			},
		},
		{
			name: "nonsense instead of a failure is a failure", user: user, want: 1, creates: 1,
			before: func(w *world) {
				w.account.Inject(stripetest.Fault{Match: "POST /v1/customers", Times: 1, Status: 502, Body: "<html>", After: true})
			},
		},
		{
			name: "a rate limit is waited for", user: user, want: 1, creates: 3,
			before: func(w *world) {
				w.account.Inject(stripetest.Fault{Match: "POST /v1/customers", Times: 2, Status: 429})
			},
		},
		{
			name: "a search that fails makes no second customer", user: user, wantErr: billing.ErrUnavailable,
			before: func(w *world) { w.account.Inject(stripetest.Fault{Match: "GET /v1/customers/search", Status: 503}) },
		},
		{
			name: "Stripe that always fails is given up", user: user, wantErr: billing.ErrUnavailable,
			before: func(w *world) { w.account.Inject(stripetest.Fault{Status: 500}) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				if tt.before != nil {
					tt.before(w)
				}
				id, err := w.linker.Link(t.Context(), tt.user)
				if !errors.Is(err, tt.wantErr) {
					t.Fatalf("Link(%+v) error = %v, want %v", tt.user, err, tt.wantErr)
				}
				if tt.wantErr == nil {
					check(t, w, id, tt.want)
				}
				if n := w.creates(); n != tt.creates {
					t.Errorf("Link(%+v) sent %d creates, want %d", tt.user, n, tt.creates)
				}
			})
		})
	}
}

// check holds the account against the link: so many live customers with the
// user's sub, one of them linked.
func check(t *testing.T, w *world, id string, want int) {
	t.Helper()
	n, linked := 0, false
	for _, c := range w.account.Customers() {
		if c.Metadata["cognito_sub"] == sub {
			n++
			linked = linked || c.ID == id
		}
	}
	if n != want || !linked {
		t.Errorf("%d live customers of the user, %q among them: %v; want %d, true", n, id, linked, want)
	}
	if got := w.rows.links[sub].CustomerID; got != id {
		t.Errorf("stored link = %q, want %q", got, id)
	}
}

func TestLinkAsksStripeOnceForAFreshUser(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if _, err := w.linker.Link(t.Context(), billing.User{Sub: sub, Email: "ann@example.com", Fresh: true}); err != nil {
		t.Fatal(err)
	}
	got := w.account.Requests()
	if len(got) != 1 {
		t.Fatalf("a fresh user took %d Stripe calls, want 1: %+v", len(got), got)
	}
	if want := "cust_create_" + sub + "_0"; got[0].IdempotencyKey != want {
		t.Errorf("idempotency key = %q, want %q", got[0].IdempotencyKey, want)
	}
	if form, want := got[0].Form.Encode(), "email=ann%40example.com&metadata%5Bcognito_sub%5D="+sub; form != want {
		t.Errorf("form = %s, want %s", form, want)
	}
}

// Cognito tries a slow trigger up to three times, and the tries overlap.
func TestLinkThreeTriggersAtOnce(t *testing.T) {
	t.Parallel()
	for _, fresh := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.account.Inject(stripetest.Fault{Match: "POST /v1/customers", Latency: 450 * time.Millisecond})
			ids := make(chan string, 3)
			for range 3 {
				go func() {
					id, err := w.linker.Link(t.Context(), billing.User{Sub: sub, Email: "ann@example.com", Fresh: fresh})
					if err != nil {
						t.Errorf("Link: %v", err)
					}
					ids <- id
				}()
			}
			first := <-ids
			for range 2 {
				if id := <-ids; id != first {
					t.Errorf("Link = %q, another run got %q", id, first)
				}
			}
			check(t, w, first, 1)
		})
	}
}

func TestLinkIsBoundByItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		remove := w.account.Inject(stripetest.Fault{Latency: 6 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := w.linker.Link(ctx, billing.User{Sub: sub, Fresh: true})
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("Link took %v with a 2 s deadline", took)
		}
		if got := fault.Of(err).Kind; got != fault.Unavailable {
			t.Errorf("Link error = %v, kind %v, want Unavailable", err, got)
		}
		remove()
		time.Sleep(10 * time.Second) // the bubble's clock: the first create ends meanwhile
		id, err := w.linker.Link(t.Context(), billing.User{Sub: sub})
		if err != nil {
			t.Fatalf("Link after the outage: %v", err)
		}
		check(t, w, id, 1)
	})
}

func TestLinkPassesADeletedCustomerByItsGeneration(t *testing.T) {
	t.Parallel()
	w := newWorld()
	first, err := w.linker.Link(t.Context(), billing.User{Sub: sub, Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	w.account.DeleteCustomer(first)
	w.rows.links = map[string]billing.Link{} // even the count of generations is lost
	second, err := w.linker.Link(t.Context(), billing.User{Sub: sub})
	if err != nil || second == first {
		t.Fatalf("Link = %q, %v; want a customer other than the deleted %q", second, err, first)
	}
	check(t, w, second, 1)
}

func TestLinkAfterTheEmailChanged(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.rows.putErr = errors.New("throttled")
	if _, err := w.linker.Link(t.Context(), billing.User{Sub: sub, Email: "old@example.com"}); err == nil {
		t.Fatal("Link stored nothing and said nothing")
	}
	w.rows.putErr = nil
	again := billing.User{Sub: sub, Email: "new@example.com"}
	if _, err := w.linker.Link(t.Context(), again); !errors.Is(err, billing.ErrUnavailable) {
		t.Fatalf("Link before search knows the customer: %v, want %v", err, billing.ErrUnavailable)
	}
	w.clock = w.clock.Add(time.Minute)
	id, err := w.linker.Link(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	check(t, w, id, 1)
}

func TestLinkWithARefusedKey(t *testing.T) {
	t.Parallel()
	w := newWorld()
	_, err := w.with("sk_test_wrong_one").Link(t.Context(), billing.User{Sub: sub, Fresh: true})
	if !errors.Is(err, boot.ErrRejected) {
		t.Errorf("Link error = %v, want one that wraps %v", err, boot.ErrRejected)
	}
}

func TestRelink(t *testing.T) {
	t.Parallel()
	w := newWorld()
	user := billing.User{Sub: sub, Email: "ann@example.com"}
	gone, err := w.linker.Link(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	w.account.DeleteCustomer(gone)
	next, err := w.linker.Relink(t.Context(), user, gone)
	if err != nil {
		t.Fatal(err)
	}
	check(t, w, next, 1)
	if again, err := w.linker.Relink(t.Context(), user, gone); err != nil || again != next {
		t.Errorf("a second Relink of %q = %q, %v; want %q", gone, again, err, next)
	}
	if got := w.rows.links[sub].Generation; got != 1 {
		t.Errorf("generation = %d, want 1", got)
	}
	if _, err := w.linker.Relink(t.Context(), billing.User{}, gone); !errors.Is(err, billing.ErrNoSub) {
		t.Errorf("Relink without a sub: %v, want %v", err, billing.ErrNoSub)
	}
}
