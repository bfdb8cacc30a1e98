package cognitotest

import (
	"sync"
	"time"
)

// tickets are short-lived values that are found by an unguessable id and used
// once: challenges, authorization codes, browser sign-ins.
type tickets[T any] struct {
	mu    sync.Mutex
	items map[string]ticket[T]
}

type ticket[T any] struct {
	value   T
	expires time.Time
	used    bool
}

// ticketState says why a ticket is not valid.
type ticketState int

const (
	ticketValid ticketState = iota
	ticketUnknown
	ticketExpired
	ticketUsed
)

// keepSpent is how long a spent ticket is remembered, so that its second use can
// be told from one that never was.
const keepSpent = 10 * time.Minute

func newTickets[T any]() *tickets[T] { return &tickets[T]{items: map[string]ticket[T]{}} }

// put stores a value under id until expires, and forgets long-spent ones.
func (t *tickets[T]) put(id string, value T, now, expires time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for old, item := range t.items {
		if now.Sub(item.expires) > keepSpent {
			delete(t.items, old)
		}
	}
	t.items[id] = ticket[T]{value: value, expires: expires}
}

// peek returns the value and leaves the ticket valid.
func (t *tickets[T]) peek(id string, now time.Time) (T, ticketState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state(id, now)
}

// take returns the value and spends the ticket.
func (t *tickets[T]) take(id string, now time.Time) (T, ticketState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	value, state := t.state(id, now)
	if state == ticketValid {
		item := t.items[id]
		item.used = true
		t.items[id] = item
	}
	return value, state
}

func (t *tickets[T]) state(id string, now time.Time) (T, ticketState) {
	item, ok := t.items[id]
	switch {
	case !ok:
		return item.value, ticketUnknown
	case item.used:
		return item.value, ticketUsed
	case now.After(item.expires):
		return item.value, ticketExpired
	}
	return item.value, ticketValid
}
