package calendar

import (
	"context"

	"callanalyst/pkg/entitlement"
)

// Gate lets only users through who have accepted the terms and are not locked
// out.
type Gate struct {
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Terms interface{ Check(accepted string) error }
}

// Admit returns why the user may not pass, or nil.
func (g Gate) Admit(ctx context.Context, sub string) error {
	row, err := g.Rows.Get(ctx, sub)
	if err != nil {
		return err
	}
	return row.Admit(g.Terms)
}
