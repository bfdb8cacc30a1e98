package auth

import (
	"maps"
	"time"
)

const (
	refetchAfter = 30 * time.Second // between two fetches while a set is held
	retryAfter   = 10 * time.Second // between two fetches while there is none
	kidPenalty   = 10 * time.Second // before one kid may cause another fetch
	maxPenalties = 256              // kids remembered at once
)

// window says when the key set may be fetched on behalf of a kid, so that a
// stranger with a bag of invented kids cannot make us knock at Cognito's door:
// at most one fetch per window in all, and none for a kid that was looked up in
// vain a moment ago. The zero value lets the first fetch through.
type window struct {
	opens     time.Time
	penalties map[string]time.Time // kid → when it may ask again
}

// refuses reports whether kid may not cause a fetch now. Penalties exist only
// while a set is held: without one, no kid has been looked up in vain.
func (w *window) refuses(kid string, now time.Time, held bool) bool {
	if !held {
		return now.Before(w.opens)
	}
	if now.Before(w.penalties[kid]) {
		return true
	}
	w.penalize(kid, now)
	return now.Before(w.opens)
}

// penalize keeps kid from asking for a while. When the memory is full of kids
// that are still waiting, the window alone must do.
func (w *window) penalize(kid string, now time.Time) {
	if len(w.penalties) >= maxPenalties {
		maps.DeleteFunc(w.penalties, func(_ string, until time.Time) bool { return !now.Before(until) })
	}
	if len(w.penalties) >= maxPenalties {
		return
	}
	if w.penalties == nil {
		w.penalties = map[string]time.Time{}
	}
	w.penalties[kid] = now.Add(kidPenalty)
}

// close shuts the window after a fetch, whether it went well or not.
func (w *window) close(now time.Time, held bool) {
	w.opens = now.Add(retryAfter)
	if held {
		w.opens = now.Add(refetchAfter)
	}
}
