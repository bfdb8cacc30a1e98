package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/migration/backfill"
	"callanalyst/pkg/profile"
)

// wire makes the function's parts.
func wire(_ context.Context, p *boot.Process) (boot.Func, error) {
	return handler(backfill.Sync{
		Cognito: cognitoidentityprovider.NewFromConfig(p.AWS("COGNITO_IDENTITY_PROVIDER")), PoolID: p.Env.Need("USER_POOL_ID"),
		Rows: backfill.Profiles{Rows: profile.Rows{
			DB:       dynamodb.NewFromConfig(p.AWS("DYNAMODB")),
			Profiles: p.Env.Table("profiles"), Entitlements: p.Env.Table("entitlements"), Now: p.Now,
		}},
	}, p), nil
}
