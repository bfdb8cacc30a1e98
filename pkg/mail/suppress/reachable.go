package suppress

import (
	"context"
	"log/slog"

	"callanalyst/pkg/fault"
)

// ErrUndeliverable reports an address that no code can reach.
var ErrUndeliverable = fault.New(fault.Forbidden, "EMAIL_UNDELIVERABLE",
	"Mail to this address comes back, so no code would arrive. Use another address, or write to support@callanalyst.app.")

// Reachable says before a code is sent whether it would arrive. It is safe for
// concurrent use.
type Reachable struct {
	Suppressions interface {
		Reason(ctx context.Context, address string) (Reason, error)
	}
	Log *slog.Logger
}

// Check returns ErrUndeliverable for an address that gets no codes, nil for every
// other. A list that cannot be read stops nobody: most addresses are fine.
func (r Reachable) Check(ctx context.Context, address string) error {
	reason, err := r.Suppressions.Reason(ctx, address)
	if err != nil {
		r.Log.WarnContext(ctx, "suppression not read, going on", "error", err)
		return nil
	}
	if reason.StopsAll() {
		return ErrUndeliverable
	}
	return nil
}
