package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/office"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	o := office.Open(p)
	bell := o.Bell()
	if p.Env.Err() != nil {
		return nil, nil
	}
	o.Warm(ctx, nil, false)
	return rest.Serve(p.Log, handler(bell)), nil
}
