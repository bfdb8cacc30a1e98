package billing

import (
	"context"
	"fmt"
	"net/http"
)

// Farewells ends what a user pays when the user leaves.
type Farewells struct{ Stripe *Stripe }

// Close deletes the customer at Stripe, which ends its subscriptions at once and
// forgets its name, address and cards; Stripe keeps the payments in its books, as
// the law wants. An open checkout of the customer can no longer be paid. Closing a
// customer that is gone is what we want.
func (f Farewells) Close(ctx context.Context, customerID string) error {
	var out customer
	err := f.Stripe.call(ctx, request{method: http.MethodDelete, path: "/v1/customers/" + customerID}, &out)
	if err != nil && !isMissing(err) {
		return ErrUnavailable.With(fmt.Errorf("billing: close %s: %w", customerID, err))
	}
	return nil
}
