package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/office"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	o := office.Open(p)
	poller := o.Poller()
	if p.Env.Err() != nil {
		return nil, nil
	}
	o.Warm(ctx, nil, false)
	return handler(poller), nil
}
