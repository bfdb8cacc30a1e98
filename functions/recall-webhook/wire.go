package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/notetaker/booth"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	b := booth.Open(p)
	scribe := b.Scribe()
	if p.Env.Err() != nil {
		return nil, nil
	}
	b.Warm(ctx, nil, true)
	return rest.Serve(p.Log, handler(scribe)), b.CheckSecrets(ctx)
}
