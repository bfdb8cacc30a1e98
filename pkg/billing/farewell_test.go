package billing_test

import (
	"errors"
	"net/http"
	"testing"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
)

func TestCloseEndsWhatIsPaid(t *testing.T) {
	t.Parallel()
	account := stripetest.New(stripetest.Config{})
	api := billing.NewStripe("", account.Client(), billing.FixedKey(stripetest.TestKey))
	made, err := billing.Customers{Stripe: api}.Create(t.Context(), billing.User{Sub: "u1", Email: "ada@example.com"}, "k")
	if err != nil {
		t.Fatal(err)
	}
	f := billing.Farewells{Stripe: api}
	for range 2 { // a second time, as after a crash
		if err := f.Close(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
	}
	if left := account.Customers(); len(left) != 0 {
		t.Errorf("%d customers are left", len(left))
	}
	if err := f.Close(t.Context(), "cus_never"); err != nil {
		t.Errorf("Close of a customer that never was: %v", err)
	}
}

// refusing is a network that reaches nobody.
type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, errors.New("dial tcp: connection refused")
}

func TestCloseSaysWhenStripeIsDown(t *testing.T) {
	t.Parallel()
	api := billing.NewStripe("", &http.Client{Transport: refusing{}}, billing.FixedKey(stripetest.TestKey))
	if err := (billing.Farewells{Stripe: api}).Close(t.Context(), "cus_1"); !errors.Is(err, billing.ErrUnavailable) {
		t.Errorf("Close = %v, want ErrUnavailable", err)
	}
}
