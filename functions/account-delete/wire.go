package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"callanalyst/pkg/account"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail"
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
	notices, err := farewells(p, db)
	if err != nil {
		return nil, err
	}
	keys := billing.SecretKeys(p.NewSecrets(), p.Env.Secret("stripe"))
	d := &account.Deleter{
		Marks:   account.Marks{DB: db, Table: p.Env.Table("entitlements"), Now: p.Now},
		Pool:    account.Pool{Cognito: cognitoidentityprovider.NewFromConfig(p.AWS("COGNITO_IDENTITY_PROVIDER")), ID: p.Env.Need("USER_POOL_ID")},
		Billing: billing.Farewells{Stripe: billing.NewStripe(p.Env.URL("STRIPE_API_BASE", "https://api.stripe.com"), p.HTTP, keys)},
		Rows: account.Sweeper{DB: db, Tables: account.Tables{
			Profiles: p.Env.Table("profiles"), Consents: p.Env.Table("consents"),
			Bots: p.Env.Table("bots"), Chunks: p.Env.Table("chunks"), Connections: p.Env.Table("calendar_connections"),
		}},
		Mail: notices, Log: p.Log, Now: p.Now,
	}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(d))), nil
}

// farewells writes to whoever was deleted.
func farewells(p *boot.Process, db *dynamodb.Client) (*mail.Notices, error) {
	pages, err := mail.NewPages(p.Env.URL("SITE_URL", "https://callanalyst.app"))
	if err != nil {
		return nil, err
	}
	return &mail.Notices{Pages: pages, Outbox: &mail.Outbox{
		Claims:       &mail.Claims{DB: db, Table: p.Env.Table("mails"), Now: p.Now},
		Suppressions: &mail.Suppressions{DB: db, Table: p.Env.Table("suppressions")},
		Sender: &mail.Sender{
			SES:  sesv2.NewFromConfig(p.AWS("SESV2")),
			From: p.Env.Or("MAIL_FROM", "Call Analyst <hello@callanalyst.app>"), ReplyTo: p.Env.Or("MAIL_REPLY_TO", "support@callanalyst.app"),
			AuthSet: p.Env.Or("MAIL_SET_AUTH", "auth"),
		},
		Log: p.Log,
	}}, nil
}
