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
	policy, err := consent.NewPolicy(p.Env.Or("TOS_VERSION", consent.Current), p.Env.List("TOS_ACCEPTED", "")...)
	if err != nil {
		p.Env.Wrong("TOS_VERSION and TOS_ACCEPTED", "must hold dates like 2026-06-01")
	}
	cfg := p.AWS("DYNAMODB")
	db := dynamodb.NewFromConfig(cfg)
	consents, entitlements := p.Env.Table("consents"), p.Env.Table("entitlements")
	d := consent.Desk{
		Policy: policy, Rows: entitlement.Rows{DB: db, Table: entitlements}, Now: p.Now,
		Records:  consent.Store{DB: db, Table: consents, Entitlements: entitlements, Now: p.Now},
		Evidence: consent.Evidence{DB: db, Table: consents},
	}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(d))), nil
}
