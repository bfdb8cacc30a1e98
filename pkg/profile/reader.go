package profile

import (
	"context"
	"log/slog"

	"golang.org/x/sync/errgroup"
)

// Reader answers a user's own profile, and mends on the way what the trigger at
// confirmation could not do. It is safe for concurrent use.
type Reader struct {
	Rows interface {
		Account(ctx context.Context, sub string) (Account, error)
		Create(ctx context.Context, p Profile) (stored Profile, created bool, err error)
	}
	Users interface {
		Get(ctx context.Context, p Person) (Profile, error)
	}
	// Terms is the gate: nil for accepted terms that are current, TOS_REQUIRED
	// otherwise.
	Terms interface{ Check(accepted string) error }
	Heal  interface {
		// Consent returns the terms of a sign-up whose acceptance is still
		// waiting to be recorded, "" if there is none.
		Consent(ctx context.Context, p Person) (tosVersion string)
		// Customer gives the user a Stripe customer, if Stripe is quick.
		Customer(ctx context.Context, p Person, email string)
	}
	Log *slog.Logger
}

// Get returns the profile of p: in one round trip where all is well. It is
// ACCOUNT_DISABLED for a locked account and TOS_REQUIRED before the terms are
// accepted. Without a row it answers from Cognito's attributes and makes one.
func (r *Reader) Get(ctx context.Context, p Person) (Profile, error) {
	a, err := r.Rows.Account(ctx, p.Sub)
	if err != nil {
		return Profile{}, err
	}
	if err := r.admit(ctx, p, a); err != nil {
		return Profile{}, err
	}
	if a.Profile.Version > 0 {
		if a.Entitlement.CustomerID == "" {
			r.Heal.Customer(ctx, p, a.Profile.Email)
		}
		return a.Profile, nil
	}
	return r.introduce(ctx, p, a)
}

// admit is the gate in front of everything. Whoever accepted the terms at
// sign-up passes even if the record of it has not arrived.
func (r *Reader) admit(ctx context.Context, p Person, a Account) error {
	row := a.Entitlement
	if row.TOSVersion == "" && !row.Disabled {
		row.TOSVersion = r.Heal.Consent(ctx, p)
	}
	return row.Admit(r.Terms)
}

// introduce makes the row of a user who has none, and the customer beside it.
// A row that cannot be written fails nothing: Cognito's answer is as good, and
// the next read tries again.
func (r *Reader) introduce(ctx context.Context, p Person, a Account) (Profile, error) {
	known, err := r.Users.Get(ctx, p)
	if err != nil {
		return Profile{}, err
	}
	var answer Profile
	var g errgroup.Group
	g.Go(func() error {
		answer = r.keep(ctx, known)
		return nil
	})
	if a.Entitlement.CustomerID == "" {
		g.Go(func() error {
			r.Heal.Customer(ctx, p, known.Email)
			return nil
		})
	}
	err = g.Wait()
	return answer, err
}

// keep writes the row and returns what to answer.
func (r *Reader) keep(ctx context.Context, known Profile) Profile {
	stored, created, err := r.Rows.Create(ctx, known)
	switch {
	case err != nil:
		r.Log.WarnContext(ctx, "profile not stored", "code", "PROFILE_PENDING", "sub", known.Sub, "error", err)
		return known
	case created:
		known.Version = stored.Version
		return known
	}
	return stored // another run was first
}
