package poll

import (
	"sync"
	"time"
)

// MaxDelay is the longest that SQS holds a message back.
const MaxDelay = 15 * time.Minute

// Lane gives each job its moment: when it is due, or the first second after that
// which still has room, so that never more are at work than Google takes. Meetings
// begin on the hour, and their calendars would all be looked at in one second. It
// is safe for concurrent use. The zero Lane with a Rate is empty.
type Lane struct {
	Rate int // jobs a second

	mu    sync.Mutex
	taken map[int64]int // by second
	swept int64         // the first second that taken can hold
	full  int64         // every second before it has no room, from swept on
}

// Slot returns the moment of a job that is due, and false when there is no room for
// as long as a message can be held back: the job stays due.
func (l *Lane) Slot(due, now time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now.Unix())
	first := max(due.Unix(), now.Unix())
	from := first
	if first < l.full {
		from = l.full
	}
	at := from
	for l.taken[at] >= l.Rate {
		at++
	}
	if at-now.Unix() > int64(MaxDelay/time.Second) {
		return time.Time{}, false
	}
	l.taken[at]++
	if from <= l.full { // all seconds from now to at were found full
		l.full = at
	}
	if at == due.Unix() {
		return due, true
	}
	return time.Unix(at, 0), true
}

// sweep forgets the past.
func (l *Lane) sweep(now int64) {
	if l.taken == nil {
		l.taken = map[int64]int{}
	}
	if now == l.swept {
		return
	}
	for s := range l.taken {
		if s < now {
			delete(l.taken, s)
		}
	}
	l.swept, l.full = now, max(l.full, now)
}
