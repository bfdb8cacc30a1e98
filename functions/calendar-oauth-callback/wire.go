package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/office"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts. Nobody is signed in here: whose callback it is
// the attempt says.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	o := office.Open(p)
	part, site := o.Connector(), o.Site()
	if p.Env.Err() == nil {
		o.Warm(ctx, nil, true)
	}
	return rest.Serve(p.Log, handler(part, site, p.Log)), nil
}
