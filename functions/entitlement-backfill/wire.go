package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/time/rate"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/backfill"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/migration/supabase"
)

// wire makes the function's parts.
func wire(_ context.Context, p *boot.Process) (boot.Func, error) {
	db := dynamodb.NewFromConfig(p.AWS("DYNAMODB"))
	cache := p.NewSecrets()
	stripe := billing.NewStripe(p.Env.URL("STRIPE_API_BASE", "https://api.stripe.com"), p.HTTP, billing.SecretKeys(cache, p.Env.Secret("stripe")))
	old := &supabase.Client{HTTP: p.HTTP, Base: p.Env.Or("SUPABASE_URL", ""), Secret: supabase.Cached(cache, p.Env.Secret("supabase"))}
	rows := migration.Rows{DB: db, Table: p.Env.Table("legacy_users"), Now: p.Now}
	give := claim.OpenHandover(p, db, stripe)
	return handler(func(in backfill.Request) (backfill.Job, bool) {
		switch in.Job {
		case "users":
			return backfill.Snapshot{Supabase: old, Rows: rows}, true
		case "plans":
			n := perSecond(in)
			return backfill.Plans{Supabase: old, Rows: rows, Stripe: stripe, Give: give, Limit: rate.NewLimiter(rate.Limit(n), n), Now: p.Now}, true
		}
		return nil, false
	}, p), nil
}

// perSecond is how many calls a second go to Stripe, which allows 100 in live
// mode, for everything that the account does.
func perSecond(in backfill.Request) int {
	if in.StripePerSecond <= 0 {
		return 20
	}
	return in.StripePerSecond
}
