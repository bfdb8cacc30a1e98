package main

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabase"
)

// wire makes the function's parts, and pays in the init phase for the connections
// and the secret that the first invocation needs: a person waits for it.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	cfg := p.AWS("DYNAMODB")
	old := &supabase.Client{
		HTTP: p.HTTP, Base: p.Env.Or("SUPABASE_URL", ""),
		Secret: supabase.Cached(p.NewSecrets(), p.Env.Secret("supabase")),
	}
	door := &migration.Door{
		Supabase: old,
		Rows:     migration.Rows{DB: dynamodb.NewFromConfig(cfg), Table: p.Env.Table("legacy_users"), Now: p.Now},
		Log:      p.Log, Now: p.Now,
	}
	if p.Env.Err() == nil {
		_ = old.Secret(ctx, func(ctx context.Context, s supabase.Secret) error {
			p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"), cmp.Or(old.Base, s.URL))
			return nil
		}) // the first invocation reads it again
	}
	return handler(door, p.Log), nil
}
