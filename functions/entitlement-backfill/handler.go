package main

import (
	"context"
	"encoding/json"
	"errors"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/migration/backfill"
)

var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function takes a slice of a job, like {\"job\":\"users\"}.")

// handler runs one slice of the job that the event names.
func handler(find func(backfill.Request) (backfill.Job, bool), p *boot.Process) boot.Func {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		var in backfill.Request
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, errEvent.With(err)
		}
		job, ok := find(in)
		if !ok {
			return nil, backfill.ErrJob.With(errors.New("entitlement-backfill runs users and plans"))
		}
		return backfill.Run(ctx, job, in, p.Now)
	}
}
