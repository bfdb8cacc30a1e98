package onboard

import (
	"maps"
	"sync"
	"time"
)

const (
	restFor  = 30 * time.Second // without an attempt, after one that failed
	maxRests = 256              // users remembered at once
)

// everybody is the key of a rest that holds for all users.
const everybody = ""

// rests remembers failures, so that an upstream that is down is not asked on
// every call. The zero value remembers none.
type rests struct {
	mu    sync.Mutex
	until map[string]time.Time // by sub, or everybody
}

// resting reports whether nothing should be tried for sub now.
func (r *rests) resting(sub string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.until[everybody]) || now.Before(r.until[sub])
}

// rest remembers a failure. Too many at once are no longer about single users.
func (r *rests) rest(whom string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.until, func(_ string, t time.Time) bool { return !now.Before(t) })
	if len(r.until) >= maxRests {
		whom = everybody
	}
	if r.until == nil {
		r.until = map[string]time.Time{}
	}
	r.until[whom] = now.Add(restFor)
}
