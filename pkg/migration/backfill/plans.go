package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/migration/supabase"
)

// Plans is the job "plans": what the old table profiles says of payments, checked
// at Stripe, goes to the legacy user's row, and to the entitlement of one who
// has come over already. The old table is believed in nothing but which Stripe
// customer belongs to whom.
type Plans struct {
	Supabase interface {
		Profiles(ctx context.Context, after string) ([]supabase.Profile, error)
		User(ctx context.Context, id string) (supabase.User, error)
	}
	Rows interface {
		Get(ctx context.Context, email string) (migration.Legacy, error)
		Pay(ctx context.Context, email string, l migration.Legacy) (migration.Legacy, error)
	}
	Stripe interface {
		Standing(ctx context.Context, customerID string) (billing.Standing, error)
	}
	Give interface {
		Run(ctx context.Context, sub, customerID string) (id string, given claim.Given, err error)
	}
	// Limit waits until the next call to Stripe may be made.
	Limit interface {
		Wait(ctx context.Context) error
	}
	Now func() time.Time
}

// Page implements Job. The cursor is the last profile's id.
func (j Plans) Page(ctx context.Context, cursor string, dry bool) (Page, error) {
	profiles, err := j.Supabase.Profiles(ctx, cursor)
	if err != nil {
		return Page{}, fmt.Errorf("backfill: %w", err)
	}
	if len(profiles) == 0 { // a short page is not the end: the server may cut any
		return Page{Next: cursor, Done: true}, nil
	}
	out, err := each(ctx, profiles, func(ctx context.Context, p supabase.Profile) (Outcome, error) {
		what, err := j.settle(ctx, p, dry)
		return Outcome{ID: p.ID, What: what, Trouble: trouble(what)}, err
	})
	if err != nil {
		return Page{}, fmt.Errorf("backfill: page of profiles: %w", err)
	}
	return Page{Next: profiles[len(profiles)-1].ID, Outcomes: out}, nil
}

// The outcomes of one profile.
const (
	free          = "free"              // never paid, nothing to do
	kept          = "waiting"           // checked, and kept for their first sign-in
	applied       = "applied"           // checked, and the user has it
	unpaid        = "unpaid_tier"       // the old table says paid, without a customer
	unknown       = "unknown_customer"  // Stripe does not know the customer
	ended         = "ended"             // Stripe knows the customer, who pays for nothing now
	other         = "other_customer"    // the user has another Stripe customer, which stays
	refused       = "customer_refused"  // the customer is another user's
	nobody        = "no_legacy_user"    // not in the snapshot: run users again
	deletedLegacy = "deleted_in_legacy" // the profile outlived its user
)

// trouble says which outcomes an operator should look at.
func trouble(what string) bool {
	switch what {
	case unpaid, unknown, other, refused, nobody:
		return true
	}
	return false
}

// settle does what one profile asks for.
func (j Plans) settle(ctx context.Context, p supabase.Profile, dry bool) (string, error) {
	if p.CustomerID == "" {
		if entitlement.Tier(p.Tier).Rank() > 0 {
			return unpaid, nil
		}
		return free, nil
	}
	email, known, err := j.owner(ctx, p)
	switch {
	case errors.Is(err, supabase.ErrNotFound):
		return deletedLegacy, nil
	case err != nil:
		return "", err
	case known.ID != p.ID:
		return nobody, nil
	}
	tier, err := j.check(ctx, p.CustomerID)
	switch {
	case isMissing(err):
		return unknown, nil
	case err != nil:
		return "", err
	case dry:
		return planned(known, tier), nil
	}
	known, err = j.Rows.Pay(ctx, email, migration.Legacy{ID: p.ID, CustomerID: p.CustomerID, Tier: tier})
	if err != nil || known.Sub == "" {
		return planned(known, tier), err
	}
	return j.give(ctx, known)
}

// owner finds the legacy user of a profile: by the profile's address, and where
// that is not the user's any more by the one that the old system has now.
func (j Plans) owner(ctx context.Context, p supabase.Profile) (email string, l migration.Legacy, err error) {
	if p.Email != "" {
		if l, err = j.Rows.Get(ctx, p.Email); err != nil || l.ID == p.ID {
			return p.Email, l, err
		}
	}
	u, err := j.Supabase.User(ctx, p.ID)
	if err != nil {
		return "", migration.Legacy{}, err
	}
	if u.Email == "" {
		return "", migration.Legacy{}, nil
	}
	l, err = j.Rows.Get(ctx, u.Email)
	return u.Email, l, err
}

// check asks Stripe what the customer pays for.
func (j Plans) check(ctx context.Context, customerID string) (entitlement.Tier, error) {
	if err := j.Limit.Wait(ctx); err != nil {
		return "", fmt.Errorf("wait for the rate limit: %w", err)
	}
	s, err := j.Stripe.Standing(ctx, customerID)
	if err != nil {
		return "", fmt.Errorf("ask Stripe for %s: %w", customerID, err)
	}
	at := s.At
	if at.IsZero() {
		at = j.Now()
	}
	return cmp.Or(entitlement.Reduce(s.Subscriptions, at).Tier, entitlement.Free), nil
}

// isMissing reports whether Stripe does not know the customer.
func isMissing(err error) bool {
	var e *billing.APIError
	return errors.As(err, &e) && e.Code == "resource_missing"
}

// planned is the outcome of a row that waits, or in a dry run of any.
func planned(l migration.Legacy, tier entitlement.Tier) string {
	switch {
	case l.ID == "":
		return nobody
	case l.Sub != "":
		return applied
	case tier.Rank() == 0:
		return ended
	}
	return kept
}

// give hands the customer to the user who has come over.
func (j Plans) give(ctx context.Context, l migration.Legacy) (string, error) {
	if err := j.Limit.Wait(ctx); err != nil {
		return "", fmt.Errorf("wait for the rate limit: %w", err)
	}
	_, given, err := j.Give.Run(ctx, l.Sub, l.CustomerID)
	if err != nil {
		return "", fmt.Errorf("hand %s over to %s: %w", l.CustomerID, l.Sub, err)
	}
	switch given {
	case claim.Applied:
		return applied, nil
	case claim.Other:
		return other, nil
	}
	return refused, nil
}
