package main

import (
	"context"
	"encoding/json"
	"errors"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/migration/backfill"
)

var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function takes a slice of a job, like {\"job\":\"profiles\"}.")

// handler runs one slice of the job "profiles".
func handler(job backfill.Job, p *boot.Process) boot.Func {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		var in backfill.Request
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, errEvent.With(err)
		}
		if in.Job != "profiles" {
			return nil, backfill.ErrJob.With(errors.New("profile-sync runs profiles alone"))
		}
		return backfill.Run(ctx, job, in, p.Now)
	}
}
