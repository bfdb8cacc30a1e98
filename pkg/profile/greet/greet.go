// Package greet is the worker's end of the welcomes: it reads who a new user is
// and has the mail written for the plan that they are on. It is apart from
// package welcome, so that the trigger at confirmation need not carry mail.
package greet

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
)

// ErrNoProfile reports a user whose row is not there. It comes with the first
// use at the latest, so a later try may find it.
var ErrNoProfile = fault.New(fault.Unavailable, "PROFILE_PENDING", "There is no profile to welcome yet.")

// Greeter welcomes users. It is safe for concurrent use; asked twice at once for
// one user, it works once.
type Greeter struct {
	Accounts interface {
		Account(ctx context.Context, sub string) (profile.Account, error)
	}
	Mails interface {
		Send(ctx context.Context, n mail.Newcomer) (mail.Outcome, error)
	}
	Log *slog.Logger
	Now func() time.Time

	flights singleflight.Group
}

// Greet sends the user's welcome unless it is sent already. It returns nil when
// there is nothing left to do, also for an address that gets no mail, and an
// error when a later try may do better.
func (g *Greeter) Greet(ctx context.Context, sub string) error {
	_, err, _ := g.flights.Do(sub, func() (any, error) { return nil, g.greet(ctx, sub) })
	return err
}

func (g *Greeter) greet(ctx context.Context, sub string) error {
	a, err := g.Accounts.Account(ctx, sub)
	switch {
	case err != nil:
		return err
	case a.Entitlement.Disabled, a.Profile.Version > 0 && a.Profile.Email == "":
		g.note(ctx, sub, mail.Ignored)
		return nil
	case a.Profile.Version == 0:
		return ErrNoProfile.With(fmt.Errorf("greet: no row of %s", sub))
	}
	outcome, err := g.Mails.Send(ctx, mail.Newcomer{
		Sub: sub, Email: a.Profile.Email, Name: a.Profile.Name, Tier: string(a.Entitlement.Holds(g.Now())),
	})
	if err != nil {
		return fmt.Errorf("greet: welcome %s: %w", sub, err)
	}
	g.note(ctx, sub, outcome)
	return nil
}

func (g *Greeter) note(ctx context.Context, sub string, o mail.Outcome) {
	g.Log.InfoContext(ctx, "welcome", "outcome", string(o), "sub", sub)
}
