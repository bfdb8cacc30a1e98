package main

import (
	"context"

	"callanalyst/pkg/billing/dunning"
	"callanalyst/pkg/billing/till"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	t := till.Open(p)
	r := t.Receiver()
	r.Notices = dunning.Open(p)
	if p.Env.Err() != nil {
		return nil, nil
	}
	t.Warm(ctx)
	return rest.Serve(p.Log, handler(r)), t.CheckSecrets(ctx)
}
