// Package claim hands over what a user of the old system paid for to the one
// user of the pool who has come over.
//
// Cognito runs no trigger behind a migration, and a new user's sub is not known
// before. So the handover happens where a user first needs a Stripe customer:
// Claims stands in front of billing.Linker, and costs a user who was never in
// the old system one read, once.
package claim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/migration"
)

// Claims gives every user one Stripe customer: the old system's, if they had one
// there, else whatever Next does. It is safe for concurrent use, and every run
// for one user ends alike.
type Claims struct {
	Legacy interface {
		Get(ctx context.Context, email string) (migration.Legacy, error)
		Claim(ctx context.Context, email, sub string) (migration.Legacy, bool, error)
	}
	// Vouch reports whether the pool has proof that the address is the user's. It
	// is asked only of somebody with the address of a legacy user. Nil vouches
	// for nobody but those whom billing.User says to be proven.
	Vouch func(ctx context.Context, sub, email string) (bool, error)
	Give  Handover
	Next  interface {
		Link(ctx context.Context, u billing.User) (customerID string, err error)
	}
	Log *slog.Logger
}

// Link returns the user's customer id.
func (c *Claims) Link(ctx context.Context, u billing.User) (string, error) {
	l, mine, err := c.claim(ctx, u)
	switch {
	case err != nil:
		return "", billing.ErrUnavailable.With(fmt.Errorf("claim: legacy user of %s: %w", u.Sub, err))
	case !mine || l.CustomerID == "":
		return c.Next.Link(ctx, u)
	}
	id, given, err := c.Give.Run(ctx, u.Sub, l.CustomerID)
	switch {
	case err != nil:
		return "", fmt.Errorf("claim: hand %s over to %s: %w", l.CustomerID, u.Sub, err)
	case id == "":
		c.Log.WarnContext(ctx, "legacy customer not handed over", "code", "LEGACY_CUSTOMER_"+strings.ToUpper(string(given)), "sub", u.Sub, "customer", l.CustomerID)
		return c.Next.Link(ctx, u)
	}
	c.Log.InfoContext(ctx, "legacy user claimed", "sub", u.Sub, "legacy_id", l.ID, "customer", id, "handover", string(given))
	return id, nil
}

// claim returns the user's row of the old system, if it is theirs, and makes it
// theirs if the pool vouches for the address.
func (c *Claims) claim(ctx context.Context, u billing.User) (l migration.Legacy, mine bool, err error) {
	if u.Email == "" || u.Sub == "" {
		return l, false, nil
	}
	l, err = c.Legacy.Get(ctx, u.Email)
	switch {
	case err != nil:
		return l, false, err
	case l.Sub != "":
		return l, l.Sub == u.Sub, nil
	case !l.Waits():
		return l, false, nil
	}
	proven, err := c.proven(ctx, u)
	if err != nil || !proven {
		return l, false, err
	}
	return c.Legacy.Claim(ctx, u.Email, u.Sub)
}

func (c *Claims) proven(ctx context.Context, u billing.User) (bool, error) {
	if u.Proven || c.Vouch == nil {
		return u.Proven, nil
	}
	return c.Vouch(ctx, u.Sub, u.Email)
}

// ErrNobody reports a user whom the pool does not list, yet.
var ErrNobody = errors.New("claim: the pool does not list the user")

// Lister is the part of Cognito that Pool asks.
type Lister interface {
	ListUsers(context.Context, *cognito.ListUsersInput, ...func(*cognito.Options)) (*cognito.ListUsersOutput, error)
}

// Pool returns a Vouch that asks the user pool.
func Pool(users Lister, poolID string) func(ctx context.Context, sub, email string) (bool, error) {
	return func(ctx context.Context, sub, email string) (bool, error) {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(sub)
		out, err := users.ListUsers(ctx, &cognito.ListUsersInput{UserPoolId: &poolID, Filter: aws.String(`sub = "` + quoted + `"`)})
		switch {
		case err != nil:
			return false, fmt.Errorf("claim: ask the pool for %s: %w", sub, err)
		case len(out.Users) != 1:
			return false, ErrNobody
		}
		has := map[string]string{}
		for _, a := range out.Users[0].Attributes {
			has[aws.ToString(a.Name)] = aws.ToString(a.Value)
		}
		return has["email_verified"] == "true" && migration.Address(has["email"]) == migration.Address(email), nil
	}
}
