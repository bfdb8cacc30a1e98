package till

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/profile"
)

// patrons runs things with the user's customer. Whoever paid in the old system
// gets the customer from there, also when checkout is the first place they go.
func (t *Till) patrons() *billing.Patrons {
	users := cognitoidentityprovider.NewFromConfig(t.p.AWS("COGNITO_IDENTITY_PROVIDER"))
	pool := t.p.Env.Need("USER_POOL_ID")
	return &billing.Patrons{
		Linker: linker{
			Claims: claim.Open(t.p, t.db, t.stripe, claim.Pool(users, pool)),
			own: &billing.Linker{
				Customers: billing.Customers{Stripe: t.stripe},
				Links:     billing.Links{DB: t.db, Table: t.entitlements(), Now: t.p.Now},
			},
		},
		Emails: contacts{
			rows:  profile.Rows{DB: t.db, Profiles: t.p.Env.Table("profiles"), Entitlements: t.entitlements(), Now: t.p.Now},
			users: profile.Users{Cognito: users, PoolID: pool},
		},
	}
}

// linker links by way of the old system, and relinks without it: a customer that
// was replaced is no longer the old one.
type linker struct {
	*claim.Claims
	own *billing.Linker
}

// Relink implements what billing.Patrons asks for.
func (l linker) Relink(ctx context.Context, u billing.User, gone string) (string, error) {
	return l.own.Relink(ctx, u, gone)
}

// contacts knows e-mails: from the table profiles, or from the pool for a user
// who has no row there yet.
type contacts struct {
	rows  profile.Rows
	users profile.Users
}

// Email implements what billing.Patrons asks for.
func (c contacts) Email(ctx context.Context, who billing.Person) (string, error) {
	if a, err := c.rows.Account(ctx, who.Sub); err == nil && a.Profile.Email != "" {
		return a.Profile.Email, nil
	}
	p, err := c.users.Get(ctx, profile.Person{Sub: who.Sub, Username: who.Username})
	return p.Email, err
}
