package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
)

// patience bounds the warming: a party that does not answer now may do so later.
const patience = 500 * time.Millisecond

// warm pays in the init phase, where the CPU is plenty, what the first
// invocation would pay: the connections that it needs side by side (three of
// them to DynamoDB), Stripe's key, and the first use of Stripe's client. Nothing
// depends on its success.
func warm(ctx context.Context, p *boot.Process, stripe string, keys billing.Keys) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	db := boot.Endpoint(p.AWS("DYNAMODB"), "dynamodb")
	var g errgroup.Group
	g.Go(func() error {
		p.Connect(ctx, db, db, db, stripe, boot.Endpoint(p.AWS("SQS"), "sqs"), boot.Endpoint(p.AWS("COGNITO_IDENTITY_PROVIDER"), "cognito-idp"))
		return nil
	})
	g.Go(func() error {
		return keys(ctx, func(context.Context, string) error { return nil })
	})
	g.Go(func() error {
		billing.Warm(ctx)
		return nil
	})
	_ = g.Wait() // each call tries again for itself
}
