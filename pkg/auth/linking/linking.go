// Package linking decides what happens when one e-mail address comes by two
// ways: a password and Google, Google and Apple, or the old system and a
// sign-up. There is never a silent second user, and never one who gets into an
// account by an address that nobody has shown to be theirs.
//
// The danger is the account made in advance: somebody signs up with a stranger's
// address and waits for the stranger to come by Google. So an identity is linked
// only to a user who is confirmed and whose address is verified, and only if the
// provider vouches for the address too.
package linking

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/migration"
)

// The refusals. Their codes reach a browser through Cognito, as text.
var (
	// ErrUnverified reports a provider that does not vouch for the address.
	ErrUnverified = fault.New(fault.Forbidden, "PROVIDER_EMAIL_UNVERIFIED",
		"Google or Apple has not verified this address. Verify it there, or sign up with a password.")
	// ErrRefused reports a user with the address who cannot be linked: nobody has
	// shown yet that the address is theirs, or it is not settled who they are.
	ErrRefused = fault.New(fault.Conflict, "LINK_REFUSED",
		"There is an account with this address that is not confirmed. Sign in with the password, or reset it, and try again.")
	// ErrFederated reports an address that has come by another provider.
	ErrFederated = fault.New(fault.Conflict, "EMAIL_EXISTS_FEDERATED",
		"You have signed in with Google or Apple before. Use the same button again.")
	// ErrProvider reports a provider that this pool does not have.
	ErrProvider = fault.New(fault.Forbidden, "SIGN_UP_NOT_SUPPORTED", "This way to sign up is not supported.")
	// ErrUnavailable reports that nobody could find out. Then nobody passes.
	ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE",
		"Your sign-up cannot be checked right now. Try again in a few seconds.").After(2 * time.Second)
)

// patience bounds what a sign-up waits for all lookups. Cognito gives up on a
// trigger after 5 s and shows its own words; before that we can show ours.
const patience = 3 * time.Second

// Account is one user of the pool, as far as linking asks.
type Account struct {
	Username string
	Status   string // Cognito's: CONFIRMED, UNCONFIRMED, EXTERNAL_PROVIDER, …
	Verified bool   // the pool has proof of the address
	Enabled  bool
}

// federated reports whether the account is a provider's, not the pool's own.
func (a Account) federated() bool { return a.Status == "EXTERNAL_PROVIDER" }

// Identity is one person at one provider.
type Identity struct {
	Provider string // Google or SignInWithApple
	Subject  string // the provider's id of the person
}

// Comer is somebody on the way into the pool.
type Comer struct {
	PoolID     string
	Username   string            // of the user to be: Google_…, or a UUID
	Attributes map[string]string // as Cognito has them
}

// Policy decides. It is safe for concurrent use, and any number of runs for one
// person end alike.
type Policy struct {
	Users interface {
		// Holders returns every user of the pool with the address.
		Holders(ctx context.Context, poolID, email string) ([]Account, error)
		// Federated returns the users of providers with the address.
		Federated(ctx context.Context, poolID, email string) ([]Account, error)
		// Link makes the identity a way to sign in as the user. Once more is no error.
		Link(ctx context.Context, poolID, username string, id Identity) error
	}
	Legacy interface {
		Get(ctx context.Context, email string) (migration.Legacy, error)
	}
}

// External decides about a first sign-in with Google or Apple: nil lets Cognito
// go on, with a new user, or as the user to whom it has linked the identity.
func (p Policy) External(ctx context.Context, c Comer) error {
	id, ok := identityOf(c.Username)
	email := c.Attributes["email"]
	switch {
	case !ok:
		return ErrProvider
	case email == "" || c.Attributes["email_verified"] != "true":
		return ErrUnverified
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	holders, err := p.Users.Holders(ctx, c.PoolID, email)
	if err != nil {
		return ErrUnavailable.With(err)
	}
	target, err := choose(holders, c.Username)
	if err != nil || target == "" {
		return err
	}
	return p.Users.Link(ctx, c.PoolID, target, id)
}

// choose returns whom to link the comer to, "" for nobody: then the comer is new,
// or a run before this one has done it all.
func choose(holders []Account, username string) (target string, err error) {
	for _, a := range holders {
		switch {
		case strings.EqualFold(a.Username, username):
			return "", nil
		case !a.Enabled:
			return "", entitlement.ErrDisabled
		case a.federated():
			return "", ErrFederated
		case a.Status != "CONFIRMED" || !a.Verified || target != "":
			return "", ErrRefused
		}
		target = a.Username
	}
	return target, nil
}

// Native decides about a sign-up with a password. An address whose owner is in
// the old system, or came by a provider, is not free; of the pool's own users
// Cognito itself knows.
func (p Policy) Native(ctx context.Context, c Comer) error {
	email := c.Attributes["email"]
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var legacy migration.Legacy
	var holders []Account
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		legacy, err = p.Legacy.Get(ctx, email)
		return err
	})
	g.Go(func() (err error) {
		holders, err = p.Users.Federated(ctx, c.PoolID, email)
		return err
	})
	switch err := g.Wait(); {
	case err != nil:
		return ErrUnavailable.With(err)
	case legacy.Waits():
		return migration.ErrUseSignIn
	}
	for _, a := range holders {
		if a.federated() {
			return ErrFederated
		}
	}
	return nil
}

// identityOf reads the name that Cognito gives a provider's user. The provider's
// name comes in more than one case, and an id may have underscores of its own.
func identityOf(username string) (Identity, bool) {
	provider, subject, ok := strings.Cut(username, "_")
	for _, known := range []string{"Google", "SignInWithApple"} {
		if ok && subject != "" && strings.EqualFold(provider, known) {
			return Identity{Provider: known, Subject: subject}, true
		}
	}
	return Identity{}, false
}
