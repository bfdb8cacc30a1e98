package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callanalyst/pkg/migration/backfill"
)

// operator runs one job.
type operator struct {
	lambda interface {
		invoke(ctx context.Context, function string, in, out any) error
	}
	options options
	screen  *screen
	file    store
	now     func() time.Time
	pause   func(context.Context, time.Duration) error
}

// maxTries is how often a slice is tried before the operator gives up.
const maxTries = 6

// run does slice after slice, and keeps the cursor after each. It stops with the
// context, and goes on there when it is called again.
func (o *operator) run(ctx context.Context, job string) error {
	s, err := o.begin(job)
	if err != nil {
		return err
	}
	for !s.Done {
		report, err := o.slice(ctx, &s)
		if err != nil {
			o.screen.end()
			return explained(job, err)
		}
		s.add(report, o.now().UTC())
		if err := o.file.save(s); err != nil {
			return err
		}
		o.screen.progress(s)
	}
	o.screen.report(s, string(o.file))
	return nil
}

// begin returns the state to go on from.
func (o *operator) begin(job string) (state, error) {
	fresh := state{Job: job, DryRun: o.options.dry, Began: o.now().UTC(), Tally: map[string]int{}}
	if !o.options.restart {
		s, open, err := o.file.load()
		if err != nil {
			return s, err
		}
		if open {
			o.screen.resumes(s)
			return s, nil
		}
	}
	o.screen.begins(fresh)
	return fresh, nil
}

// slice runs one slice, again and again where that can help.
func (o *operator) slice(ctx context.Context, s *state) (backfill.Report, error) {
	anew := false
	for try := 1; ; try++ {
		var r backfill.Report
		err := o.lambda.invoke(ctx, function(s.Job), o.options.request(s.Job, s.Cursor), &r)
		if err == nil && r.Interrupted == "" {
			return r, nil
		}
		if err == nil { // part of it is done; keep that, and take a breath
			o.screen.waits(r.Interrupted, 0)
			_ = o.pause(ctx, time.Second) // a stop is noticed by the next slice
			return r, nil
		}
		var own failure
		if errors.As(err, &own) && own.code == backfill.ErrCursor.Code && !anew && s.Cursor != "" {
			// The other side has forgotten the cursor. What was done is passed over.
			anew, s.Cursor, s.Tally, s.Troubles = true, "", map[string]int{}, nil
			o.screen.waits(own.code, 0)
			continue
		}
		if ctx.Err() != nil || !worthAnother(err) || try == maxTries {
			return r, err
		}
		wait := time.Second << (try - 1)
		o.screen.waits(err.Error(), wait)
		if err := o.pause(ctx, wait); err != nil {
			return r, err
		}
	}
}

// worthAnother reports whether a slice may work when it is tried again: anything
// may that is not a refusal of what was asked.
func worthAnother(err error) bool {
	var own failure
	var refused refusal
	switch {
	case errors.As(err, &own):
		return own.code != backfill.ErrJob.Code && own.code != backfill.ErrCursor.Code && own.code != "INVALID_EVENT"
	case errors.As(err, &refused):
		return refused.retry()
	}
	return true
}

// explained says what to do about an error that ended a run.
func explained(job string, err error) error {
	var refused refusal
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s is stopped; the same command goes on where it was", job)
	case errors.As(err, &refused) && refused.status == 404:
		return fmt.Errorf("%s: there is no function %s there; is the stack deployed, and -region right? (%w)", job, function(job), err)
	case errors.As(err, &refused) && refused.status == 403:
		return fmt.Errorf("%s: you may not invoke %s; ask for lambda:InvokeFunction on it (%w)", job, function(job), err)
	}
	return fmt.Errorf("%s is stopped; the same command goes on where it was: %w", job, err)
}
