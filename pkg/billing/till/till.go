// Package till puts pkg/billing together for a Lambda process: each function
// takes the part that it serves, and with it asks for just the settings that
// this part needs.
package till

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
)

// Till is one process's way to Stripe and to the tables.
type Till struct {
	p      *boot.Process
	db     *dynamodb.Client
	base   string
	secret string
	cache  *boot.Secrets
	keys   billing.Keys
	stripe *billing.Stripe
	prices *billing.Prices
}

// Open makes the clients. It calls nobody.
func Open(p *boot.Process) *Till {
	t := &Till{
		p: p, db: dynamodb.NewFromConfig(p.AWS("DYNAMODB")), cache: p.NewSecrets(),
		base: p.Env.URL("STRIPE_API_BASE", "https://api.stripe.com"), secret: p.Env.Secret("stripe"),
	}
	t.keys = billing.SecretKeys(t.cache, t.secret)
	t.stripe = billing.NewStripe(t.base, p.HTTP, t.keys)
	t.prices = &billing.Prices{Stripe: t.stripe, Now: p.Now}
	return t
}

// patience bounds the warming: a party that does not answer now may do so later.
const patience = 500 * time.Millisecond

// Warm pays in the init phase what the first invocation would pay: connections,
// Stripe's key, the first use of Stripe's client, and also, which runs beside
// them. Nothing depends on its success.
func (t *Till) Warm(ctx context.Context, also ...func(context.Context) error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	db := boot.Endpoint(t.p.AWS("DYNAMODB"), "dynamodb")
	var g errgroup.Group
	for _, f := range append(also,
		func(ctx context.Context) error { t.p.Connect(ctx, db, db, t.base); return nil },
		func(ctx context.Context) error { billing.Warm(ctx); return nil },
		func(ctx context.Context) error {
			return t.keys(ctx, func(context.Context, string) error { return nil })
		},
	) {
		g.Go(func() error { return f(ctx) })
	}
	_ = g.Wait() // each call tries again for itself
}

// Prices looks the prices up, for Warm.
func (t *Till) Prices(ctx context.Context) error { return t.prices.Load(ctx) }

// CheckSecrets fails when the secret can be read and holds a webhook secret that
// nobody may use: then a forged event would be as good as a real one, and the
// process must not start.
func (t *Till) CheckSecrets(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	s, err := boot.Read[billing.Secret](ctx, t.cache, t.secret)
	if err != nil {
		return nil // each delivery reads it again, and fails closed
	}
	return billing.CheckSecrets(s.WebhookSecrets)
}

func (t *Till) entitlements() string { return t.p.Env.Table("entitlements") }

func (t *Till) rows() entitlement.Rows { return entitlement.Rows{DB: t.db, Table: t.entitlements()} }

func (t *Till) pages() billing.Pages {
	return billing.PagesOf(t.p.Env.URL("SITE_URL", "https://callanalyst.app"))
}

// Terms are the terms that every caller must have accepted.
func Terms(p *boot.Process) consent.Required {
	return consent.Required(p.Env.Or("TOS_VERSION", "2026-06-01"))
}

// Checkout returns the part that starts subscriptions.
func (t *Till) Checkout() *billing.Checkout {
	return &billing.Checkout{
		Rows: t.rows(), Terms: Terms(t.p), Customers: t.patrons(), Prices: t.prices,
		Intents: billing.Intents{DB: t.db, Table: t.entitlements(), Now: t.p.Now, Rand: t.p.Rand},
		Stripe:  t.stripe, Pages: t.pages(), Now: t.p.Now,
		TrialDays: t.days("CHECKOUT_TRIAL_DAYS"), AutomaticTax: t.p.Env.Or("CHECKOUT_AUTOMATIC_TAX", "false") == "true",
	}
}

// Visit returns the part that answers the success page.
func (t *Till) Visit() *billing.Visit {
	return &billing.Visit{Rows: t.rows(), Terms: Terms(t.p), Stripe: t.stripe, Projector: t.projector(""), Now: t.p.Now}
}

// Portal returns the part that opens the billing portal.
func (t *Till) Portal() *billing.Portal {
	return &billing.Portal{Rows: t.rows(), Terms: Terms(t.p), Customers: t.patrons(), Stripe: t.stripe, Pages: t.pages()}
}

// Receiver returns the part that takes webhooks.
func (t *Till) Receiver() *billing.Receiver {
	events := t.p.Env.Table("stripe_events")
	return &billing.Receiver{
		Signatures: &billing.Signatures{Secrets: billing.SecretWebhooks(t.cache, t.secret), Now: t.p.Now},
		Live:       billing.Live(t.keys), Ledger: t.ledger(events), Policy: billing.Policy{Stripe: t.stripe},
		Rows: t.rows(), Projector: t.projector(events), Log: t.p.Log, Now: t.p.Now,
	}
}

// perSecond is how many calls a second a reconciliation makes to Stripe, which
// allows 100 in live mode and 25 in test mode.
const perSecond = 20

// Reconciler returns the part that repairs at night.
func (t *Till) Reconciler() *billing.Reconciler {
	events := t.p.Env.Table("stripe_events")
	return &billing.Reconciler{
		Stripe: t.stripe, Census: billing.Census{DB: t.db, Table: t.entitlements()},
		Cursors:  billing.Cursors{DB: t.db, Table: events, Now: t.p.Now},
		Receiver: t.Receiver(), Projector: t.projector(events), Limit: rate.NewLimiter(perSecond, perSecond),
		Log: t.p.Log, Now: t.p.Now,
	}
}

// ledger returns the ledger over the events table of this name, "" where no
// event is ever claimed.
func (t *Till) ledger(events string) billing.Ledger {
	return billing.Ledger{DB: t.db, Events: events, Entitlements: t.entitlements(), Now: t.p.Now}
}

func (t *Till) projector(events string) *billing.Projector {
	return &billing.Projector{
		Stripe: t.stripe, Rows: t.rows(), Owners: billing.Owners{DB: t.db, Table: t.entitlements(), Stripe: t.stripe},
		Ledger: t.ledger(events), Now: t.p.Now,
	}
}
