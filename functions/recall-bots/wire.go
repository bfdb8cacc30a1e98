package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/notetaker/booth"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	b := booth.Open(p)
	part := b.Lister()
	if p.Env.Err() == nil {
		b.Warm(ctx, verifier, false)
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(part))), nil
}
