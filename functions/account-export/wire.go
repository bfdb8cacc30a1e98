package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/account"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
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
	e := &account.Exporter{
		DB: db, Now: p.Now,
		Tables: account.Tables{
			Entitlements: p.Env.Table("entitlements"), Profiles: p.Env.Table("profiles"), Consents: p.Env.Table("consents"),
			Bots: p.Env.Table("bots"), Chunks: p.Env.Table("chunks"), Connections: p.Env.Table("calendar_connections"),
			Legacy: p.Env.Table("legacy_users"),
		},
		Pool:     account.Pool{Cognito: cognitoidentityprovider.NewFromConfig(p.AWS("COGNITO_IDENTITY_PROVIDER")), ID: p.Env.Need("USER_POOL_ID")},
		Evidence: consent.Evidence{DB: db, Table: p.Env.Table("consents")},
	}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return rest.ServeStream(p.Log, rest.AuthenticatedStream(verifier, handler(e))), nil
}
