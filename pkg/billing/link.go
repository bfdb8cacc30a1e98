// Package billing is what users pay: it gives each Cognito user one Stripe
// customer, starts checkouts and portal visits, and turns what Stripe says about
// subscriptions into the user's entitlement.
//
// Stripe is the authority on payments and DynamoDB on who owns which customer.
// The link is written in both places: the customer carries the user's sub in its
// metadata, the user's row carries the customer's id. Either side can be rebuilt
// from the other. Nothing is keyed on e-mail.
package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callanalyst/pkg/fault"
)

var (
	// ErrNoSub reports a user without a sub. It cannot be retried.
	ErrNoSub = errors.New("billing: user has no sub")
	// ErrKeySpent reports that Stripe answered 5xx to a create. It will answer
	// the same to that idempotency key for a day, whether or not it made the
	// customer.
	ErrKeySpent = errors.New("billing: idempotency key is spent on a failure")
	// ErrKeyMismatch reports that the idempotency key was used with other
	// parameters before: an earlier create, with another e-mail, exists.
	ErrKeyMismatch = errors.New("billing: idempotency key belongs to another request")
	// ErrUnavailable reports that Stripe did not do its part. A later call heals.
	ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "Our payment provider does not answer right now. Nothing was charged; try again in a minute.").After(5 * time.Second)
)

// User is who a customer is for.
type User struct {
	Sub   string // Cognito's sub, the only identity
	Email string // goes onto the customer; may be empty
	// Proven says that the pool has proof of the address. False is always safe.
	Proven bool
	// Fresh says that the account was confirmed in this very invocation, so that
	// no customer can be older than Stripe's idempotency keys. It saves looking
	// for one. False is always safe.
	Fresh bool
}

// Customer is a Stripe customer, as far as linking needs it.
type Customer struct {
	ID      string
	Deleted bool
}

// Link is what a user's row says about the customer. The zero value is a user
// who has none and never had one.
type Link struct {
	CustomerID string // "" when there is none
	Generation int    // how many customers of this user were deleted
}

// Linker gives every user exactly one Stripe customer. It is safe to run several
// times at once for one user; every run returns the same customer.
type Linker struct {
	Customers interface {
		// Create makes the user's customer under an idempotency key. A repeated
		// key answers the first customer, which may have been deleted since.
		Create(ctx context.Context, u User, key string) (Customer, error)
		// Find looks for a live customer that carries the user's sub.
		Find(ctx context.Context, u User) (c Customer, ok bool, err error)
	}
	Links interface {
		Get(ctx context.Context, sub string) (Link, error)
		// Put stores the customer only if there is none, and returns the one that won.
		Put(ctx context.Context, sub, customerID string) (winner string, err error)
		// Retire removes the customer if it is still the stored one, counts the
		// next generation, and returns what is stored then.
		Retire(ctx context.Context, sub, customerID string) (Link, error)
	}
}

// Link returns the user's customer id, and makes the customer if there is none.
// An error with a fault's kind Unavailable means that the next call may heal it.
func (l *Linker) Link(ctx context.Context, u User) (string, error) {
	if u.Sub == "" {
		return "", ErrNoSub
	}
	link, err := l.Links.Get(ctx, u.Sub)
	if err != nil {
		return "", fmt.Errorf("billing: look up link for %s: %w", u.Sub, err)
	}
	return l.ensure(ctx, u, link)
}

// Relink replaces a customer that Stripe no longer has. When another run has
// replaced it already, that run's customer is returned.
func (l *Linker) Relink(ctx context.Context, u User, gone string) (string, error) {
	if u.Sub == "" {
		return "", ErrNoSub
	}
	link, err := l.Links.Retire(ctx, u.Sub, gone)
	if err != nil {
		return "", fmt.Errorf("billing: retire customer of %s: %w", u.Sub, err)
	}
	u.Fresh = false
	return l.ensure(ctx, u, link)
}

// ensure returns the linked customer, or finds or makes one and links it.
func (l *Linker) ensure(ctx context.Context, u User, link Link) (string, error) {
	if link.CustomerID != "" {
		return link.CustomerID, nil
	}
	id, err := l.obtain(ctx, u, link.Generation)
	if err != nil {
		return "", fmt.Errorf("billing: create customer for %s: %w", u.Sub, err)
	}
	winner, err := l.Links.Put(ctx, u.Sub, id)
	if err != nil {
		return "", fmt.Errorf("billing: store link for %s: %w", u.Sub, err)
	}
	return winner, nil
}

// obtain finds the user's customer or makes it.
func (l *Linker) obtain(ctx context.Context, u User, generation int) (string, error) {
	if !u.Fresh {
		if c, ok, err := l.Customers.Find(ctx, u); err != nil || ok {
			return c.ID, orUnavailable(err)
		}
	}
	return l.create(ctx, u, generation)
}

// maxKeys bounds how many idempotency keys one run tries.
const maxKeys = 5

// create makes the customer. It walks along the keys that earlier runs may have
// used: past customers that were deleted since, and past stored failures. Runs
// at the same time walk the same way, so they end at the same customer.
func (l *Linker) create(ctx context.Context, u User, generation int) (string, error) {
	err, spent := error(ErrKeySpent), 0
	for range maxKeys {
		var c Customer
		c, err = l.Customers.Create(ctx, u, createKey(u.Sub, generation, spent))
		switch {
		case err == nil && !c.Deleted:
			return c.ID, nil
		case err == nil:
			generation, spent = generation+1, 0
		case errors.Is(err, ErrKeySpent), errors.Is(err, ErrKeyMismatch):
			found, ok, findErr := l.Customers.Find(ctx, u)
			if ok || findErr != nil {
				return found.ID, orUnavailable(findErr)
			}
			if errors.Is(err, ErrKeyMismatch) {
				return "", orUnavailable(err) // search will know the earlier one in a minute
			}
			spent++
		default:
			return "", orUnavailable(err)
		}
	}
	return "", orUnavailable(err)
}

// createKey is Stripe's idempotency key for a user's customer. It is a function
// of the user alone, so that every run of every trigger uses the same.
func createKey(sub string, generation, spent int) string {
	key := fmt.Sprintf("cust_create_%s_%d", sub, generation)
	if spent > 0 {
		key += fmt.Sprintf("_r%d", spent)
	}
	return key
}

// orUnavailable makes an error that carries no fault one that a retry may mend.
func orUnavailable(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return ErrUnavailable.With(err)
}
