// Package booth puts pkg/notetaker together for a Lambda process: each function
// takes the part that it serves, and with it asks for just the settings that
// this part needs.
package booth

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recall"
)

// Booth is one process's way to the tables.
type Booth struct {
	p     *boot.Process
	db    *dynamodb.Client
	cache *boot.Secrets
}

// Open makes the clients. It calls nobody.
func Open(p *boot.Process) *Booth {
	return &Booth{p: p, db: dynamodb.NewFromConfig(p.AWS("DYNAMODB")), cache: p.NewSecrets()}
}

func (b *Booth) keys() recall.Keys {
	return recall.SecretKeys(b.cache, b.p.Env.Secret("recall"))
}

func (b *Booth) base() string { return b.p.Env.URL("RECALL_API_BASE", "https://us-west-2.recall.ai") }

func (b *Booth) client() *recall.Client {
	return &recall.Client{Base: b.base(), HTTP: b.p.HTTP, Keys: b.keys()}
}

func (b *Booth) chunks() *notetaker.Chunks {
	return &notetaker.Chunks{DB: b.db, Table: b.p.Env.Table("chunks"), Now: b.p.Now}
}

func (b *Booth) terms() consent.Required {
	return consent.Required(b.p.Env.Or("TOS_VERSION", consent.Current))
}

func (b *Booth) gate() notetaker.Gate {
	return notetaker.Gate{Entitlements: b.p.Env.Table("entitlements"), Terms: b.terms()}
}

// Lister returns the part that lists a user's bots.
func (b *Booth) Lister() notetaker.Lister {
	return notetaker.Lister{
		Store: notetaker.Store{DB: b.db, Bots: b.p.Env.Table("bots"), Chunks: b.p.Env.Table("chunks")}, Gate: b.gate(),
	}
}

func (b *Booth) store() notetaker.Store {
	return notetaker.Store{
		DB: b.db, Bots: b.p.Env.Table("bots"), Chunks: b.p.Env.Table("chunks"),
		Dispatches: b.p.Env.Table("dispatches"), Entitlements: b.p.Env.Table("entitlements"),
	}
}

// Dispatcher returns the part that makes bots follow wishes.
func (b *Booth) Dispatcher() *notetaker.Dispatcher {
	return &notetaker.Dispatcher{
		Store: b.store(), Recall: b.client(), Log: b.p.Log, Now: b.p.Now,
		Endpoint: b.p.Env.URL("RECALL_WEBHOOK_URL", "https://callanalyst.app/webhooks/recall"),
		Terms:    b.terms(),
	}
}

// Reader returns the part that reads transcripts.
func (b *Booth) Reader() *notetaker.Reader {
	return &notetaker.Reader{Rows: b.db, Bots: b.p.Env.Table("bots"), Chunks: b.chunks(), Gate: b.gate(), Now: b.p.Now}
}

// Scribe returns the part that takes webhooks.
func (b *Booth) Scribe() *notetaker.Scribe {
	return &notetaker.Scribe{
		Keys: b.keys(), Chunks: b.chunks(), Meter: notetaker.Meter{Store: b.store(), Now: b.p.Now},
		Transcripts: b.client(), Heard: b.Dispatcher().Heard, Log: b.p.Log, Now: b.p.Now,
	}
}

// patience bounds the warming: a party that does not answer now may do so later.
const patience = 500 * time.Millisecond

// Warm pays in the init phase what the first invocation would pay: connections,
// Recall's secret where the function has it, and the pool's keys unless v is nil.
// Nothing depends on its success.
func (b *Booth) Warm(ctx context.Context, v *auth.Verifier, secret bool) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	addresses := []string{boot.Endpoint(b.p.AWS("DYNAMODB"), "dynamodb")}
	var g errgroup.Group
	if secret {
		addresses = append(addresses, b.base())
		g.Go(func() error {
			return b.keys()(ctx, func(context.Context, recall.Secret) error { return nil })
		})
	}
	if v != nil {
		g.Go(func() error { return v.Load(ctx) })
	}
	g.Go(func() error { b.p.Connect(ctx, addresses...); return nil })
	_ = g.Wait() // each call tries again for itself
}

// CheckSecrets fails when the secret can be read and webhooks cannot be verified
// with it: the process must not start.
func (b *Booth) CheckSecrets(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	s, err := boot.Read[recall.Secret](ctx, b.cache, b.p.Env.Secret("recall"))
	if err != nil {
		return nil // each delivery reads it again, and fails closed
	}
	return notetaker.CheckSecrets(s)
}
