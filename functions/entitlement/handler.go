package main

import (
	"context"
	"time"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/rest"
)

// rows reads the caller's row. entitlement.Rows is one.
type rows interface {
	Get(ctx context.Context, sub string) (entitlement.Row, error)
}

// terms is the gate. consent.Required is one.
type terms interface {
	Check(accepted string) error
}

// handler answers what the caller has and may do.
func handler(rows rows, terms terms, now func() time.Time) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		row, err := rows.Get(ctx, r.Caller.Sub)
		if err != nil {
			return rest.Response{}, err
		}
		if err := row.Admit(terms); err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: row.ViewAt(now())}, nil
	}
}
