package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/boot"
)

// patience bounds the warming: a party that does not answer now may do so later.
const patience = 500 * time.Millisecond

// warm pays in the init phase, where the CPU is plenty, what the first request
// would pay: the connection to DynamoDB, and the pool's keys where they were not
// handed over. Nothing depends on its success.
func warm(ctx context.Context, p *boot.Process, v *auth.Verifier) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var g errgroup.Group
	g.Go(func() error {
		p.Connect(ctx, boot.Endpoint(p.AWS("DYNAMODB"), "dynamodb"))
		return nil
	})
	g.Go(func() error { return v.Load(ctx) })
	_ = g.Wait() // the first request tries again
}
