package main

import (
	"context"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/office"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	o := office.Open(p)
	follower, err := o.Follower()
	if err != nil || p.Env.Err() != nil {
		return nil, err
	}
	o.Warm(ctx, nil, true)
	return handler(follower, p.Log), nil
}
