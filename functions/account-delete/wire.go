package main

import (
	"context"

	"callanalyst/pkg/account/leave"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/rest"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	verifier, err := rest.Verifier(p)
	if err != nil {
		return nil, err
	}
	later := leave.Later(p)
	d, err := leave.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	d.Later = later
	return rest.Serve(p.Log, rest.Authenticated(verifier, handler(d))), nil
}
