package claim

import (
	"context"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/entitlement"
)

// Given is what came of a handover.
type Given string

// The outcomes of a handover.
const (
	Applied Given = "applied" // the row says what Stripe says of the customer
	Refused Given = "refused" // the customer is gone, or another user's
	Other   Given = "other"   // the user has another customer already, which stays
)

// Handover gives a Stripe customer of the old system to a user: Stripe is asked
// what the customer pays for, and link and entitlement are written in one
// update. A row that a webhook wrote is never behind it: the update holds only
// if nobody wrote since before Stripe was asked.
type Handover struct {
	Customers interface {
		Adopt(ctx context.Context, customerID, sub string) (bool, error)
	}
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Projector interface {
		Project(ctx context.Context, customerID string, hint billing.Hint, c *billing.Claim) (billing.Projection, error)
	}
}

// Run hands the customer over and returns the id of the customer whom the user
// has then, "" if there is none. It may run any number of times.
func (h Handover) Run(ctx context.Context, sub, customerID string) (id string, given Given, err error) {
	row, err := h.Rows.Get(ctx, sub)
	switch {
	case err != nil:
		return "", "", err
	case row.CustomerID != "" && row.CustomerID != customerID:
		return row.CustomerID, Other, nil
	}
	ok, err := h.Customers.Adopt(ctx, customerID, sub)
	if err != nil || !ok {
		return "", Refused, err
	}
	p, err := h.Projector.Project(ctx, customerID, billing.Hint{Sub: sub}, nil)
	switch {
	case err != nil:
		return "", "", err
	case p.Outcome == billing.OtherCustomer:
		return p.Row.CustomerID, Other, nil
	case p.Outcome != billing.Applied:
		return "", Refused, nil
	}
	return customerID, Applied, nil
}
