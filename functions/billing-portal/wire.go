package main

import (
	"context"

	"callanalyst/pkg/billing/till"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	t := till.Open(p)
	c := t.Portal()
	if p.Env.Err() == nil {
		t.Warm(ctx)
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(c))), nil
}
