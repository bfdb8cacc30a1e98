// Command pre-signup is Cognito's pre-sign-up trigger. Nobody signs up without
// accepting the terms in force, and what was accepted is on record, with the
// server's time, before the account exists.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
)

func main() { boot.Main("pre-signup", wire) }

// wire makes the function's parts, and opens the one connection they need while
// the CPU is plenty: a person waits for the first invocation.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	policy, err := consent.NewPolicy(p.Env.Or("TOS_VERSION", consent.Current), p.Env.List("TOS_ACCEPTED", "")...)
	if err != nil {
		p.Env.Wrong("TOS_VERSION and TOS_ACCEPTED", "must hold dates like 2026-06-01")
	}
	cfg := p.AWS("DYNAMODB")
	store := consent.Store{DB: dynamodb.NewFromConfig(cfg), Table: p.Env.Table("consents"), Now: p.Now}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return handler(consent.Gate{Policy: policy, Waits: store}, p.Log), nil
}
