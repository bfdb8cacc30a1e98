package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/onboard"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	pool := p.Env.Need("USER_POOL_ID")
	db := dynamodb.NewFromConfig(p.AWS("DYNAMODB"))
	users := cognitoidentityprovider.NewFromConfig(p.AWS("COGNITO_IDENTITY_PROVIDER"))
	reader := &profile.Reader{
		Rows:  profile.Rows{DB: db, Profiles: p.Env.Table("profiles"), Entitlements: p.Env.Table("entitlements"), Now: p.Now},
		Users: profile.Users{Cognito: users, PoolID: pool},
		Terms: consent.Required(p.Env.Or("TOS_VERSION", "2026-06-01")),
		Heal:  healer(p, db, users, pool),
		Log:   p.Log,
	}
	if p.Env.Err() == nil {
		warm(ctx, p, verifier)
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(reader))), nil
}

// healer does at first use what the trigger at confirmation could not do.
func healer(p *boot.Process, db *dynamodb.Client, users *cognitoidentityprovider.Client, pool string) *onboard.Healer {
	entitlements := p.Env.Table("entitlements")
	keys := billing.SecretKeys(p.NewSecrets(), p.Env.Secret("stripe"))
	stripe := billing.NewStripe(p.Env.URL("STRIPE_API_BASE", "https://api.stripe.com"), p.HTTP, keys)
	return &onboard.Healer{
		Consents:  consent.Store{DB: db, Table: p.Env.Table("consents"), Entitlements: entitlements, Now: p.Now},
		Customers: claim.Open(p, db, stripe, claim.Pool(users, pool)),
		Mirror:    onboard.Mirror{Cognito: users}, PoolID: pool,
		Log: p.Log, Now: p.Now,
	}
}
