package main

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/ask/llm"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/rest"
)

// timeout is the function's own, from the manifest: nothing may hold a place in
// a caller's row for longer.
const timeout = 2 * time.Minute

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	cfg := p.AWS("DYNAMODB")
	db := dynamodb.NewFromConfig(cfg)
	models := newVendors(p)
	models.warm(ctx, p, boot.Endpoint(cfg, "dynamodb"))
	terms := p.Env.Or("TOS_VERSION", "2026-06-01")
	service := &ask.Service{
		Ledger: &ask.Ledger{
			DB: db, Table: p.Env.Table("entitlements"), Terms: consent.Required(terms), TermsVersion: terms,
			Tiers: ask.Tiers(), Lease: timeout, Wait: 20 * time.Second, Now: p.Now,
		},
		Transcripts: ask.Transcripts{DB: db, Bots: p.Env.Table("bots"), Chunks: p.Env.Table("chunks")},
		Relay:       &ask.Relay{Providers: models.providers(), Limits: ask.DefaultLimits(), Now: p.Now},
		Tiers:       ask.Tiers(), Heartbeat: 10 * time.Second, Log: p.Log,
	}
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	return rest.ServeStream(p.Log, rest.AuthenticatedStream(verifier, handler(service)), p.Env.List("ALLOWED_ORIGINS", "")...), nil
}

// vendors are the two vendors' addresses and keys.
type vendors struct {
	http                    *http.Client
	anthropic, openai       string
	anthropicKey, openaiKey llm.Key
}

func newVendors(p *boot.Process) vendors {
	secrets := p.NewSecrets()
	return vendors{
		http:         p.HTTP,
		anthropic:    p.Env.URL("ANTHROPIC_API_BASE", "https://api.anthropic.com"),
		openai:       p.Env.URL("OPENAI_API_BASE", "https://api.openai.com"),
		anthropicKey: key(secrets, p.Env.Secret("anthropic")),
		openaiKey:    key(secrets, p.Env.Secret("openai")),
	}
}

// providers returns the vendors in the order in which they are asked.
func (v vendors) providers() []ask.Provider {
	return []ask.Provider{
		llm.NewAnthropic(v.anthropic, v.http, v.anthropicKey),
		llm.NewOpenAI(v.openai, v.http, v.openaiKey, ask.Substitutes()),
	}
}

// warm opens the connections of the usual answer and reads its key, side by
// side, before the first question. The second vendor is not woken for nothing.
// Nothing depends on its success.
func (v vendors) warm(ctx context.Context, p *boot.Process, db string) {
	if p.Env.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(ctx, 500*time.Millisecond)
	defer stop()
	var g errgroup.Group
	g.Go(func() error { p.Connect(ctx, db, v.anthropic); return nil })
	g.Go(func() error { return v.anthropicKey(ctx, func(string) error { return nil }) })
	_ = g.Wait() // the first question tries again
}

// key lends the vendor's key from the process's cache.
func key(s *boot.Secrets, id string) llm.Key {
	return func(ctx context.Context, use func(string) error) error {
		return boot.Use(ctx, s, id, func(_ context.Context, v struct {
			APIKey string `json:"api_key"`
		}) error {
			return use(v.APIKey)
		})
	}
}
