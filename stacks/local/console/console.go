package console

import (
	"net/http"
	"time"

	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/look"
	"callanalyst/stacks/local/runtimeapi"
)

// Options are what the page shows and what its buttons do.
type Options struct {
	Functions []Function
	Addresses []Address
	ClientID  string // of the pool, for the page that says how to sign up
	Recorder  *Recorder
	Now       func() time.Time
	Pools     func() []runtimeapi.Pool
	Schedules Schedules
	Queues    Queues
	Async     Async
}

// Schedules are those of the fleet. feeds.Schedules is one.
type Schedules interface {
	List() []feeds.Due
	RunNow(function string) error
}

// Queues are those of the fleet. Redrive and Purge return how many dead
// messages went back into the queue, or away.
type Queues interface {
	List() []Queue
	Redrive(queue string) (int, error)
	Purge(queue string) (int, error)
}

// Async is Lambda's queue of asynchronous events. feeds.Async is one.
type Async interface {
	Alive() []feeds.Event
	Dead() []feeds.Event
	Redrive(function string) (int, error)
	Purge(function string) []feeds.Event
}

// Console serves the pages: its own below /_local, and the one that stands in
// for the site at /. Make it with New.
type Console struct {
	o       Options
	handler http.Handler
}

// New returns the console of o.
func New(o Options) *Console {
	c := &Console{o: o}
	c.handler = look.Guard(c.routes())
	return c
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }
