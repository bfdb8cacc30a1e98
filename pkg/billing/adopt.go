package billing

import (
	"context"
	"fmt"
	"net/http"

	"github.com/stripe/stripe-go/v76"
)

// Adopt writes the user's sub onto a customer that is older than the user, so
// that the join stands on both sides. It reports false for a customer that is
// gone, or is another user's. Once more changes nothing.
func (c Customers) Adopt(ctx context.Context, customerID, sub string) (bool, error) {
	if sub == "" {
		return false, ErrNoSub
	}
	path := "/v1/customers/" + customerID
	var now customer
	err := c.Stripe.call(ctx, request{method: http.MethodGet, path: path}, &now)
	switch {
	case isMissing(err):
		return false, nil
	case err != nil:
		return false, orUnavailable(fmt.Errorf("billing: ask for customer %s: %w", customerID, err))
	case now.Deleted || now.Metadata[subKey] != "" && now.Metadata[subKey] != sub:
		return false, nil
	case now.Metadata[subKey] == sub:
		return true, nil
	}
	p := &stripe.CustomerParams{Metadata: map[string]string{subKey: sub}}
	if err := c.Stripe.call(ctx, request{method: http.MethodPost, path: path, params: p}, &now); err != nil {
		return false, orUnavailable(fmt.Errorf("billing: adopt customer %s: %w", customerID, err))
	}
	return true, nil
}
