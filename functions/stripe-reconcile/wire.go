package main

import (
	"context"

	"callanalyst/pkg/billing/till"
	"callanalyst/pkg/boot"
)

// wire makes the function's parts.
func wire(_ context.Context, p *boot.Process) (boot.Func, error) {
	return handler(till.Open(p).Reconciler()), nil
}
