package poll

import (
	"sync"
	"time"
)

// MaxDelay is the longest that SQS holds a message back.
const MaxDelay = 15 * time.Minute

// Lane gives each job its moment: when it is due, or later, so that never more are
// at work than Google takes. It is safe for concurrent use. The zero Lane with an
// Every is empty.
type Lane struct {
	Every time.Duration // between two jobs

	mu   sync.Mutex
	free time.Time
}

// Slot returns the moment of a job that is due, and false when the lane is full
// for as long as a message can be held back: the job stays due.
func (l *Lane) Slot(due, now time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.free.Before(now) {
		l.free = now
	}
	if l.free.Sub(now) > MaxDelay {
		return time.Time{}, false
	}
	at := l.free
	l.free = l.free.Add(l.Every)
	if due.After(at) {
		at = due
	}
	return at, true
}
