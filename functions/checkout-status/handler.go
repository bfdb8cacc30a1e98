package main

import (
	"context"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

// looker looks after checkouts. billing.Visit is one.
type looker interface {
	Look(ctx context.Context, who billing.Person, sessionID string) (billing.Progress, error)
}

// handler answers what became of the caller's checkout.
func handler(l looker) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		p, err := l.Look(ctx, billing.Person{Sub: r.Caller.Sub, Username: r.Caller.Username}, r.Params["session_id"])
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: p}, nil
	}
}
