// Package poll finds the connections that are due and feeds them to a queue, each
// at its moment. It asks nobody but DynamoDB and SQS: the calendars are looked at
// by pkg/calendar/follow, behind the queue.
package poll

import (
	"encoding/json"
	"fmt"
	"time"

	"callanalyst/pkg/fault"
)

// ErrJob reports a message that is no job.
var ErrJob = fault.New(fault.Invalid, "INVALID_EVENT", "The message must be a JSON object with a sub.")

// Job is a message of the queue: to look at one user's calendar.
type Job struct {
	Sub string `json:"sub"`
	// Claim is the next_poll_at that the poll wrote when it took the connection, in
	// Unix seconds. A connection with another one is somebody else's by now. Zero,
	// from an operator, holds for any.
	Claim int64 `json:"claim,omitempty"`
	// Share is how many looks a day a connection has, for pace.Next.
	Share float64 `json:"share,omitempty"`
}

// Stale reports whether the job is not the connection's any more, whose
// next_poll_at is due.
func (j Job) Stale(due time.Time) bool { return j.Claim != 0 && j.Claim != due.Unix() }

// Parse reads a message's body.
func Parse(body string) (Job, error) {
	var j Job
	if err := json.Unmarshal([]byte(body), &j); err != nil {
		return Job{}, ErrJob.With(fmt.Errorf("poll: parse job: %w", err))
	}
	if j.Sub == "" {
		return Job{}, ErrJob
	}
	return j, nil
}
