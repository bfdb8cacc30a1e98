package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/office"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	o := office.Open(p)
	part := o.Leaver()
	if p.Env.Err() == nil {
		o.Warm(ctx, verifier, false)
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(part))), nil
}
