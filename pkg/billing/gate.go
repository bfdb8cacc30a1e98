package billing

import (
	"context"

	"callanalyst/pkg/entitlement"
)

// rowReader reads a user's row. entitlement.Rows is one.
type rowReader interface {
	Get(ctx context.Context, sub string) (entitlement.Row, error)
}

// gate says whether the accepted terms will do. consent.Required is one.
type gate interface {
	Check(accepted string) error
}

// admitted reads the user's row, and is an error unless the user may go on.
func admitted(ctx context.Context, rows rowReader, terms gate, sub string) (entitlement.Row, error) {
	row, err := rows.Get(ctx, sub)
	if err != nil {
		return row, err
	}
	return row, row.Admit(terms)
}
