package main

import (
	"context"
	"encoding/json"
	"fmt"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
)

// reconciler repairs. billing.Reconciler is one.
type reconciler interface {
	Run(ctx context.Context) (billing.Cursor, error)
	Replay(ctx context.Context, eventID string) (billing.Receipt, error)
}

// handler runs the reconciliation for the schedule's event, or for an operator's
// empty one, and works once more on one event for {"event_id":"evt_…"}.
func handler(r reconciler) boot.Func {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		var in struct {
			EventID string `json:"event_id"`
		}
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, fmt.Errorf("stripe-reconcile: the event must be a JSON object, like {} or {\"event_id\":\"evt_1\"}: %w", err)
		}
		if in.EventID != "" {
			return r.Replay(ctx, in.EventID)
		}
		return r.Run(ctx)
	}
}
