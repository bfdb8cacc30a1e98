package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/auth/linking"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/mail/suppress"
	"callanalyst/pkg/migration"
)

// wire makes the function's parts, and opens the connections they need while the
// CPU is plenty: a person waits for the first invocation.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	policy, err := consent.NewPolicy(p.Env.Or("TOS_VERSION", consent.Current), p.Env.List("TOS_ACCEPTED", "")...)
	if err != nil {
		p.Env.Wrong("TOS_VERSION and TOS_ACCEPTED", "must hold dates like 2026-06-01")
	}
	tables, pool := p.AWS("DYNAMODB"), p.AWS("COGNITO_IDENTITY_PROVIDER")
	db := dynamodb.NewFromConfig(tables)
	store := consent.Store{DB: db, Table: p.Env.Table("consents"), Now: p.Now}
	owners := linking.Policy{
		Users:  linking.Users{Cognito: cognitoidentityprovider.NewFromConfig(pool)},
		Legacy: migration.Rows{DB: db, Table: p.Env.Table("legacy_users"), Now: p.Now},
	}
	mails := suppress.Reachable{Suppressions: &suppress.Reader{DB: db, Table: p.Env.Table("suppressions")}, Log: p.Log}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(tables, "dynamodb"), boot.Endpoint(pool, "cognito-idp"))
	}
	return handler(gates{terms: consent.Gate{Policy: policy, Waits: store}, owners: owners, mail: mails}, p.Log), nil
}
