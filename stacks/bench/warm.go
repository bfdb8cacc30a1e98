package main

import (
	"context"
	"fmt"
	"time"

	"callanalyst/pkg/fleet"
)

// warmEvents is how many events a handler's own work is measured by.
const warmEvents = 3000

// ownWork measures the endpoints warm: from the event handed over to its answer,
// with all that the runtime's own HTTP costs in it.
func (b *bench) ownWork(ctx context.Context, functions []fleet.Function) error {
	var rows []row
	for _, f := range functions {
		if f.Trigger.Path == "" || f.Trigger.Stream {
			continue
		}
		readings, err := b.readings(ctx, f, 1, warmEvents)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		took := readings[0].took[warmEvents/10:]
		p50, p99 := quantile(took, 0.5), quantile(took, 0.99)
		rows = append(rows,
			row{f.Name, "≤ 1 ms", ms(p50), atMost(p50, time.Millisecond), "p50"},
			row{"", "≤ 5 ms", ms(p99), atMost(p99, 5*time.Millisecond), "p99"},
			row{"", "", ms(readings[0].warm), untold, "CPU of one event"},
		)
	}
	b.table.section(fmt.Sprintf("An endpoint's own work, warm, %d events", warmEvents), rows)
	return nil
}
