package feeds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// Lambda's rules for asynchronous events.
const (
	attempts   = 3
	maxAge     = 6 * time.Hour
	firstPause = time.Second     // when throttled, doubling
	lastPause  = 5 * time.Minute // up to this
)

// Event is one asynchronous invocation, from the moment it is queued until it
// succeeds or is dead. Payload and Error may hold what people wrote: show them
// to the developer, and to nobody else.
type Event struct {
	ID       string          `json:"id"`
	Function string          `json:"function"`
	Payload  json.RawMessage `json:"payload"`
	Queued   time.Time       `json:"queued"`
	Attempts int             `json:"attempts"`      // that ran; a throttled one did not
	Error    string          `json:"error"`         // of the last attempt
	Died     time.Time       `json:"died,omitzero"` // zero while it is alive
}

// Async queues events for functions. A function that fails is called again one
// minute and then two minutes later; after that the event is kept as dead, with
// its error. A throttled one waits and does not count. Make it with NewAsync.
type Async struct {
	host Invoker
	now  func() time.Time
	id   func() string

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	alive  map[string]*Event
	dead   []Event // oldest first
}

var errNotJSON = errors.New("the payload is not JSON")

// NewAsync returns an empty queue in front of host. id makes the events' ids.
func NewAsync(host Invoker, now func() time.Time, id func() string) *Async {
	ctx, stop := context.WithCancel(context.Background())
	return &Async{host: host, now: now, id: id, ctx: ctx, stop: stop, alive: map[string]*Event{}}
}

// Close ends all waiting. Events that have not succeeded stay alive for a
// snapshot.
func (a *Async) Close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.stop()
	a.wg.Wait()
}

// Send queues an event, which must be JSON, and returns at once.
func (a *Async) Send(function string, payload []byte) error {
	if !json.Valid(payload) {
		return fmt.Errorf("feeds: queue an event for %s: %w", function, errNotJSON)
	}
	if len(payload) > runtimeapi.MaxAsyncRequest {
		return fmt.Errorf("feeds: queue an event for %s: %w", function, runtimeapi.ErrTooLarge)
	}
	return a.launch(Event{ID: a.id(), Function: function, Payload: slices.Clone(payload), Queued: a.now()})
}

func (a *Async) launch(e Event) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return fmt.Errorf("feeds: queue an event for %s: %w", e.Function, runtimeapi.ErrClosed)
	}
	a.alive[e.ID] = &e
	a.wg.Go(func() { a.deliver(e) })
	return nil
}

// deliver calls the function until the event is done with.
func (a *Async) deliver(e Event) {
	pause := firstPause
	for {
		err := a.try(e)
		switch {
		case a.ctx.Err() != nil || errors.Is(err, runtimeapi.ErrClosed):
			return
		case err == nil:
			a.settle(e.ID)
			return
		case errors.Is(err, runtimeapi.ErrThrottled) && a.now().Sub(e.Queued) < maxAge:
			a.note(&e, err)
			a.wait(pause)
			pause = min(2*pause, lastPause)
			continue
		}
		e.Attempts++
		a.note(&e, err)
		if e.Attempts >= attempts || errors.Is(err, runtimeapi.ErrNotFound) {
			a.bury(e)
			return
		}
		a.wait(time.Duration(e.Attempts) * time.Minute)
	}
}

// try runs the function once.
func (a *Async) try(e Event) error {
	r, err := a.host.Invoke(a.ctx, e.Function, e.Payload)
	if err != nil {
		return fmt.Errorf("feeds: invoke %s: %w", e.Function, err)
	}
	if r.FunctionError != "" {
		return errors.New(strings.TrimPrefix(r.ErrorType+": "+r.ErrorMessage, ": "))
	}
	return nil
}

func (a *Async) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-a.ctx.Done():
	}
}

// note writes the last error where Alive shows it.
func (a *Async) note(e *Event, err error) {
	e.Error = err.Error()
	a.mu.Lock()
	defer a.mu.Unlock()
	*a.alive[e.ID] = *e
}

func (a *Async) settle(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.alive, id)
}

func (a *Async) bury(e Event) {
	e.Died = a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.alive, e.ID)
	a.dead = append(a.dead, e)
}

// Alive returns the events that are queued, running or waiting for another
// attempt, oldest first.
func (a *Async) Alive() []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]Event, 0, len(a.alive))
	for _, e := range a.alive {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(x, y Event) int { return x.Queued.Compare(y.Queued) })
	return out
}

// Dead returns the events that were given up, oldest first.
func (a *Async) Dead() []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.dead)
}

// Busy reports whether the function has an event that is not done with.
func (a *Async) Busy(function string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := range maps.Values(a.alive) {
		if e.Function == function {
			return true
		}
	}
	return false
}

// Redrive queues every dead event of the function anew and returns how many.
func (a *Async) Redrive(function string) (int, error) {
	again := a.Purge(function)
	for _, e := range again {
		if err := a.Send(e.Function, e.Payload); err != nil {
			return 0, err
		}
	}
	return len(again), nil
}

// Purge forgets the function's dead events and returns them.
func (a *Async) Purge(function string) []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	var gone []Event
	a.dead = slices.DeleteFunc(a.dead, func(e Event) bool {
		if e.Function == function {
			gone = append(gone, e)
		}
		return e.Function == function
	})
	return gone
}
