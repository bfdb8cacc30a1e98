// Package backfill moves what can be moved without the user: the snapshot of the
// old system's users, what they paid for, and the profiles of the users that
// the pool already has.
//
// Each is a job that an operator runs slice by slice. A slice works on pages
// until its time is up and answers a cursor; the next slice goes on from there.
// Every write is conditional and says the same whenever it is made, so a slice
// that dies is simply run again, and a job that has finished may be run again to
// catch up with what has changed.
package backfill

import (
	"context"
	"errors"
	"time"

	"callanalyst/pkg/fault"
)

var (
	// ErrCursor reports a cursor that the job did not make, or that the other
	// side no longer knows. Begin anew; what is done stays done.
	ErrCursor = fault.New(fault.Invalid, "CURSOR_INVALID", "The job cannot go on from this cursor. Begin it anew; nothing is done twice.")
	// ErrJob reports a job that there is not.
	ErrJob = fault.New(fault.Invalid, "JOB_UNKNOWN", "There is no such job.")
	// ErrInterrupted reports that somebody outside did not answer. The next slice
	// goes on where this one stopped.
	ErrInterrupted = fault.New(fault.Unavailable, "JOB_INTERRUPTED", "The job was interrupted. Run it again; it goes on where it stopped.")
)

// Request is what an operator asks of one slice.
type Request struct {
	Job     string `json:"job"`
	Cursor  string `json:"cursor"` // of the slice before; "" begins
	DryRun  bool   `json:"dry_run"`
	Seconds int    `json:"seconds"` // how long the slice may take; 20 if 0
	// StripePerSecond bounds the calls to Stripe; 20 if 0.
	StripePerSecond int `json:"stripe_per_second"`
}

// Report is what a slice did.
type Report struct {
	Job      string         `json:"job"`
	Cursor   string         `json:"cursor"` // where the next slice goes on
	Done     bool           `json:"done"`
	Total    int            `json:"total"` // how much there is in all; 0 if nobody knows
	Pages    int            `json:"pages"`
	Tally    map[string]int `json:"tally"`              // by outcome
	Troubles []Trouble      `json:"troubles,omitempty"` // the first hundred
	// Interrupted is the code of what stopped the slice before its time, "" for
	// nothing. What it reports is done all the same.
	Interrupted string `json:"interrupted,omitempty"`
}

// Trouble is one thing that an operator should look at.
type Trouble struct {
	ID      string `json:"id"` // of a legacy user or a Cognito user; never an address
	Outcome string `json:"outcome"`
}

// maxTroubles bounds a report.
const maxTroubles = 100

// Page is what one step of a job did.
type Page struct {
	Next     string // the cursor behind the page
	Done     bool
	Total    int
	Outcomes []Outcome
}

// Outcome is what came of one user.
type Outcome struct {
	ID      string
	What    string // counted under this name
	Trouble bool   // somebody should look at it
}

// Job is one backfill.
type Job interface {
	// Page works on the page behind the cursor. Its error means that the page must
	// be run again, which changes nothing that was done.
	Page(ctx context.Context, cursor string, dry bool) (Page, error)
}

// margin is what a slice leaves of the invocation's time for its answer.
const margin = 5 * time.Second

// Run works on pages until the slice's time is up, the context's is nearly, or
// the job is done. One page at least is tried.
func Run(ctx context.Context, job Job, in Request, now func() time.Time) (Report, error) {
	r := Report{Job: in.Job, Cursor: in.Cursor, Tally: map[string]int{}}
	until := now().Add(length(in))
	if end, ok := ctx.Deadline(); ok && end.Add(-margin).Before(until) {
		until = end.Add(-margin)
	}
	for first := true; first || !r.Done && now().Before(until); first = false {
		p, err := job.Page(ctx, r.Cursor, in.DryRun)
		if err != nil {
			return r.interrupted(err)
		}
		r.add(p)
	}
	return r, nil
}

func length(in Request) time.Duration {
	if in.Seconds <= 0 {
		return 20 * time.Second
	}
	return time.Duration(in.Seconds) * time.Second
}

// interrupted keeps what the slice did before err: without it the operator's
// cursor would stay behind.
func (r Report) interrupted(err error) (Report, error) {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = ErrInterrupted.With(err)
	}
	if r.Pages == 0 {
		return Report{}, f
	}
	r.Interrupted = f.Code
	return r, nil
}

func (r *Report) add(p Page) {
	r.Cursor, r.Done, r.Pages = p.Next, p.Done, r.Pages+1
	if p.Total > 0 {
		r.Total = p.Total
	}
	for _, o := range p.Outcomes {
		r.Tally[o.What]++
		if o.Trouble && len(r.Troubles) < maxTroubles {
			r.Troubles = append(r.Troubles, Trouble{ID: o.ID, Outcome: o.What})
		}
	}
}
