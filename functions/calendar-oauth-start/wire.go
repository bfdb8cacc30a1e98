package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
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
	part, binding := o.Starter(), calendar.BindingFor(o.Site())
	if p.Env.Err() == nil {
		o.Warm(ctx, verifier, true)
	}
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(part, binding))), nil
}
