package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	cfg := p.AWS("DYNAMODB")
	rows := entitlement.Rows{DB: dynamodb.NewFromConfig(cfg), Table: p.Env.Table("entitlements")}
	terms := consent.Required(p.Env.Or("TOS_VERSION", "2026-06-01"))
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(rows, terms, p.Now))), nil
}
