package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"callanalyst/pkg/entitlement"
)

// Outcome is what came of an event, as the ledger keeps it.
type Outcome string

// The outcomes.
const (
	Applied         Outcome = "applied"          // the row says now what Stripe says
	Ignored         Outcome = "ignored"          // a type that means nothing here
	UnknownCustomer Outcome = "unknown_customer" // nobody of ours; another product may share the account
	Duplicate       Outcome = "duplicate"        // finished by an earlier delivery; only answered, not kept
	OtherCustomer   Outcome = "other_customer"   // the user is linked to another customer; nothing is granted
)

// Projection is what a projection did.
type Projection struct {
	Sub     string
	Outcome Outcome
	Before  entitlement.Entitlement
	After   entitlement.Entitlement
	Row     entitlement.Row // as it is afterwards
	Strange []string        // ids of prices that are paid but belong to no plan
	Paying  bool            // with OtherCustomer: somebody pays for nothing
}

// Changed reports whether the user's entitlement is another one than before.
func (p Projection) Changed() bool { return p.Outcome == Applied && !p.Before.Equal(p.After) }

// Projector makes a user's row what Stripe says of the customer. Any number may
// run at once for one user: the row ends at Stripe's newest state, because a
// write succeeds only if nobody wrote since before its facts were fetched.
type Projector struct {
	Stripe interface {
		Standing(ctx context.Context, customerID string) (Standing, error)
	}
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Owners interface {
		Owner(ctx context.Context, customerID string) (sub string, err error)
	}
	Ledger interface {
		Commit(ctx context.Context, change entitlement.Change, c *Claim, outcome Outcome, customer string) error
		Finish(ctx context.Context, c Claim, outcome Outcome, customer string) error
	}
	Now func() time.Time
}

// maxRounds bounds how often one projection begins anew because somebody else
// was faster, or because the user turned out to be another one.
const maxRounds = 8

// Hint is what is known of the user before anything was asked.
type Hint struct {
	Sub string           // the likely user, or ""
	Row *entitlement.Row // that user's row, read just now, or nil
}

// Project fetches, reduces and writes. With a claim, the event is finished in
// the same transaction as the write.
func (p *Projector) Project(ctx context.Context, customerID string, hint Hint, c *Claim) (Projection, error) {
	for n := range maxRounds {
		out, next, err := p.round(ctx, customerID, hint, c)
		switch {
		case errors.Is(err, errStale):
			if !stepAside(ctx, n) {
				return out, ErrUnavailable.With(err)
			}
		case err != nil || next == "":
			return out, err
		}
		hint = Hint{Sub: cmp.Or(next, hint.Sub)} // its row is read anew
	}
	return Projection{}, ErrUnavailable.With(fmt.Errorf("billing: %s never stood still", customerID))
}

// round tries once. It returns the user to try with next when the hint's was not
// the customer's. The row is read before the fetch, or its version would guard
// nothing.
func (p *Projector) round(ctx context.Context, customerID string, hint Hint, c *Claim) (out Projection, next string, err error) {
	sub := hint.Sub
	if sub == "" {
		return p.unowned(ctx, customerID, c)
	}
	row, err := p.row(ctx, hint)
	if err != nil {
		return Projection{}, "", err
	}
	standing, err := p.Stripe.Standing(ctx, customerID)
	if err != nil {
		return Projection{}, "", ErrUnavailable.With(fmt.Errorf("billing: fetch subscriptions of %s: %w", customerID, err))
	}
	out = p.reduce(row, standing)
	if row.CustomerID != customerID {
		if owner, err := p.owner(ctx, customerID, standing); err != nil || owner != sub || row.CustomerID != "" {
			return p.disowned(ctx, customerID, owner, out, err, c)
		}
	}
	change := entitlement.Project(row, customerID, out.After, p.Now())
	if err := p.Ledger.Commit(ctx, change, c, Applied, customerID); err != nil {
		return Projection{}, "", fmt.Errorf("billing: write entitlement of %s: %w", sub, err)
	}
	out.Row.CustomerID, out.Row.Entitlement, out.Row.Version = customerID, out.After, row.Version+1
	return out, "", nil
}

// reduce is the projection before it is written.
func (p *Projector) reduce(row entitlement.Row, standing Standing) Projection {
	at := standing.At
	if at.IsZero() {
		at = p.Now()
	}
	return Projection{
		Sub: row.Sub, Outcome: Applied, Before: row.Entitlement, Strange: standing.Strange,
		After: entitlement.Reduce(standing.Subscriptions, at), Row: row,
	}
}

func (p *Projector) row(ctx context.Context, hint Hint) (entitlement.Row, error) {
	if hint.Row != nil && hint.Row.Sub == hint.Sub {
		return *hint.Row, nil
	}
	return p.Rows.Get(ctx, hint.Sub)
}

// owner is whom the customer belongs to where the table does not say.
func (p *Projector) owner(ctx context.Context, customerID string, standing Standing) (string, error) {
	if standing.Sub != "" {
		return standing.Sub, nil
	}
	return p.Owners.Owner(ctx, customerID)
}

// unowned finds the user of an event that named none.
func (p *Projector) unowned(ctx context.Context, customerID string, c *Claim) (Projection, string, error) {
	owner, err := p.Owners.Owner(ctx, customerID)
	if err != nil {
		return Projection{}, "", ErrUnavailable.With(err)
	}
	if owner != "" {
		return Projection{}, owner, nil
	}
	return Projection{Outcome: UnknownCustomer}, "", p.finish(ctx, c, UnknownCustomer, customerID)
}

// disowned ends a round whose user's row does not belong to the customer: with
// the next user to try, or with a refusal to grant anything.
func (p *Projector) disowned(ctx context.Context, customerID, owner string, out Projection, err error, c *Claim) (Projection, string, error) {
	switch {
	case err != nil:
		return Projection{}, "", ErrUnavailable.With(err)
	case owner == "":
		return Projection{Outcome: UnknownCustomer}, "", p.finish(ctx, c, UnknownCustomer, customerID)
	case owner != out.Sub:
		return Projection{}, owner, nil
	}
	out.Outcome, out.Paying = OtherCustomer, out.After.Tier != entitlement.Free
	out.After = out.Before
	return out, "", p.finish(ctx, c, OtherCustomer, customerID)
}

func (p *Projector) finish(ctx context.Context, c *Claim, outcome Outcome, customerID string) error {
	if c == nil {
		return nil
	}
	return p.Ledger.Finish(ctx, *c, outcome, customerID)
}
