package main

import (
	"context"
	"encoding/json"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/poll"
)

// poller feeds due connections to the queue. poll.Poller is one.
type poller interface {
	Run(ctx context.Context) (poll.Tally, error)
}

// handler runs the poll for the schedule's event, and for an operator's, whatever
// it says.
func handler(p poller) boot.Func {
	return func(ctx context.Context, _ json.RawMessage) (any, error) {
		return p.Run(ctx)
	}
}
