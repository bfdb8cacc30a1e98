// Package leave puts pkg/account's Deleter together for a Lambda process: for the
// endpoint that begins a deletion, and for the worker that ends it when the
// endpoint could not.
package leave

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/account"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/office"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/notetaker/booth"
)

// Open makes the deleter. It calls nobody but to open a connection ahead. Delete
// needs Later as well, which Later makes.
func Open(ctx context.Context, p *boot.Process) (*account.Deleter, error) {
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
		Bots:    booth.Open(p).Dispatcher(), Calendar: office.Open(p).Leaver(),
		Rows: account.Sweeper{DB: db, Tables: account.Tables{
			Profiles: p.Env.Table("profiles"), Consents: p.Env.Table("consents"),
			Bots: p.Env.Table("bots"), Chunks: p.Env.Table("chunks"), Connections: p.Env.Table("calendar_connections"),
		}},
		Legacy: migration.Leavers{DB: db, Rows: migration.Rows{DB: db, Table: p.Env.Table("legacy_users"), Now: p.Now}},
		Mail:   notices, Log: p.Log, Now: p.Now,
	}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return d, nil
}

// Later returns the sender's end of the queue deletions.
func Later(p *boot.Process) account.Queue {
	return account.Queue{SQS: sqs.NewFromConfig(p.AWS("SQS")), URL: p.Env.Need("QUEUE_DELETIONS")}
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
