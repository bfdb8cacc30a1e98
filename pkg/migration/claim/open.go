package claim

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
)

// Open puts Claims together for a Lambda process, in front of a Linker over the
// same tables. vouch may be nil.
func Open(p *boot.Process, db *dynamodb.Client, stripe *billing.Stripe, vouch func(ctx context.Context, sub, email string) (bool, error)) *Claims {
	table := p.Env.Table("entitlements")
	return &Claims{
		Legacy: migration.Rows{DB: db, Table: p.Env.Table("legacy_users"), Now: p.Now},
		Vouch:  vouch, Give: OpenHandover(p, db, stripe), Log: p.Log,
		Next: &billing.Linker{
			Customers: billing.Customers{Stripe: stripe}, Links: billing.Links{DB: db, Table: table, Now: p.Now},
		},
	}
}

// OpenHandover puts a Handover together for a Lambda process.
func OpenHandover(p *boot.Process, db *dynamodb.Client, stripe *billing.Stripe) Handover {
	table := p.Env.Table("entitlements")
	rows := entitlement.Rows{DB: db, Table: table}
	return Handover{
		Customers: billing.Customers{Stripe: stripe}, Rows: rows,
		Projector: &billing.Projector{
			Stripe: stripe, Rows: rows, Owners: billing.Owners{DB: db, Table: table, Stripe: stripe},
			Ledger: billing.Ledger{DB: db, Entitlements: table, Now: p.Now}, Now: p.Now,
		},
	}
}
