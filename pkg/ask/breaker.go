package ask

import (
	"sync"
	"time"
)

// breaker leaves a provider alone for a while after it has failed several times
// in a row, so that callers do not all wait for what will fail. It is safe for
// concurrent use; the zero value is closed.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time
}

const (
	breakAfter = 3
	breakFor   = 30 * time.Second
)

// open reports whether the provider is left alone at now.
func (b *breaker) open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Before(b.until)
}

// note counts the outcome of one attempt that ended at now. After the pause one
// more failure is enough to begin the next.
func (b *breaker) note(failed bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !failed {
		b.failures = 0
		return
	}
	if b.failures++; b.failures >= breakAfter {
		b.until = now.Add(breakFor)
	}
}
