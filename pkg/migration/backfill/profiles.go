package backfill

import (
	"context"
	"fmt"

	"callanalyst/pkg/profile"
)

// Profiles is the table profiles as Sync wants it.
type Profiles struct{ profile.Rows }

// Has reports whether the user has a profile.
func (p Profiles) Has(ctx context.Context, sub string) (bool, error) {
	a, err := p.Account(ctx, sub)
	if err != nil {
		return false, fmt.Errorf("backfill: look for the profile of %s: %w", sub, err)
	}
	return a.Profile.Version > 0, nil
}
