package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/onboard"
	"callanalyst/pkg/profile/welcome"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	db := dynamodb.NewFromConfig(p.AWS("DYNAMODB"))
	entitlements := p.Env.Table("entitlements")
	secrets := p.NewSecrets()
	stripe := p.Env.URL("STRIPE_API_BASE", "https://api.stripe.com")
	keys := billing.SecretKeys(secrets, p.Env.Secret("stripe"))
	o := &onboard.Onboarding{
		Profiles: profile.Rows{DB: db, Profiles: p.Env.Table("profiles"), Now: p.Now},
		Consents: consent.Store{DB: db, Table: p.Env.Table("consents"), Entitlements: entitlements, Now: p.Now},
		// The trigger itself says whether the address is proven; nobody is asked.
		Customers: claim.Open(p, db, billing.NewStripe(stripe, p.HTTP, keys), nil),
		Mirror:    onboard.Mirror{Cognito: cognitoidentityprovider.NewFromConfig(p.AWS("COGNITO_IDENTITY_PROVIDER"))},
		Welcomes:  welcome.Queue{SQS: sqs.NewFromConfig(p.AWS("SQS")), URL: p.Env.Queue("welcome")},
		Log:       p.Log, Now: p.Now,
	}
	if p.Env.Err() == nil {
		warm(ctx, p, stripe, keys)
	}
	return handler(o, p.Log), nil
}
