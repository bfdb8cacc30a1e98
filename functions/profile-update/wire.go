package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	cfg := p.AWS("DYNAMODB")
	db := dynamodb.NewFromConfig(cfg)
	u := &profile.Updater{
		Rows:  profile.Rows{DB: db, Profiles: p.Env.Table("profiles"), Entitlements: p.Env.Table("entitlements"), Now: p.Now},
		Edits: profile.Edits{DB: db, Table: p.Env.Table("profiles"), Now: p.Now},
		Users: profile.Users{
			Cognito: cognitoidentityprovider.NewFromConfig(p.AWS("COGNITO_IDENTITY_PROVIDER")), PoolID: p.Env.Need("USER_POOL_ID"),
		},
		Terms: consent.Required(p.Env.Or("TOS_VERSION", consent.Current)),
	}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(u))), nil
}
