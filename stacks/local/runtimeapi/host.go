// Package runtimeapi runs Lambda functions as they run on Lambda: each one is
// the real binary in a process of its own, which asks this host for work over
// the Lambda Runtime API.
//
// What a function can observe of Lambda is kept: one event at a time per
// process, cold starts and warm reuse, reserved concurrency, the deadline and
// the kill behind it, limits on payloads, streamed answers, and an environment
// that holds nothing but what the function was given. What it cannot observe
// (micro VMs, layers, IAM) is left out. Memory is measured, not limited.
package runtimeapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Region and Account are where the functions believe they run.
const (
	Region  = "us-east-2"
	Account = "000000000000"
)

// The errors of an invocation that never reached a function. A function that
// ran and failed is no error: see [Result.FunctionError].
var (
	ErrNotFound  = errors.New("function not found")
	ErrThrottled = errors.New("rate exceeded")
	ErrTooLarge  = errors.New("request is too large")
	ErrClosed    = errors.New("host is closed")
)

// Options are what a Host needs of its surroundings. The zero value works.
// Log and Observe are called from many goroutines, and hold up the function
// that they tell of while they run.
type Options struct {
	// Now must tell real time, since the processes read the machine's clock.
	Now func() time.Time
	// Rand makes request ids. The default is crypto/rand.
	Rand io.Reader
	// Log receives each line that a function prints and each that Lambda adds.
	Log func(Line)
	// Observe receives the beginning and the end of each invocation.
	Observe func(Event)
	// Async takes over the invocations of type Event of the Invoke API, with
	// their retries. The default invokes the function once.
	Async func(name string, payload []byte) error
	// InitTimeout is how long a process may take to ask for its first event.
	// The default is Lambda's 10 seconds.
	InitTimeout time.Duration
	// IdleTimeout is how long a process without work is kept. Zero keeps it.
	IdleTimeout time.Duration
	// Unreserved is how many invocations the functions without reserved
	// concurrency may have under way together. The default is an account's 1000.
	Unreserved int
}

// Host runs functions. Its methods may be called concurrently.
type Host struct {
	opt  Options
	ctx  context.Context // ends with the host, and every process with it
	stop context.CancelFunc
	wg   sync.WaitGroup // invocations and processes

	random sync.Mutex // guards opt.Rand

	mu         sync.Mutex
	closed     bool
	functions  map[string]*function
	unreserved int // invocations under way without reserved concurrency
}

// New returns a host without functions.
func New(opt Options) *Host {
	ctx, stop := context.WithCancel(context.Background())
	return &Host{opt: opt.withDefaults(), ctx: ctx, stop: stop, functions: map[string]*function{}}
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = func(Line) {}
	}
	if o.Observe == nil {
		o.Observe = func(Event) {}
	}
	if o.InitTimeout == 0 {
		o.InitTimeout = 10 * time.Second
	}
	if o.Unreserved == 0 {
		o.Unreserved = 1000
	}
	return o
}

// Close kills every process and waits until none is left, or until ctx ends.
// Invocations under way end with [ErrClosed]. A second Close only waits.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	var idle []*worker
	for _, f := range h.functions {
		idle = append(idle, f.drain()...)
	}
	h.mu.Unlock()
	h.stopIdle(idle)
	h.stop()
	gone := make(chan struct{})
	go func() { h.wg.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("runtimeapi: wait for processes to end: %w", ctx.Err())
	}
}

// stopIdle ends idle workers side by side, and returns when all are gone.
func (h *Host) stopIdle(idle []*worker) {
	var wg sync.WaitGroup
	for _, w := range idle {
		wg.Go(w.shutdown)
	}
	wg.Wait()
}

// enter counts one more thing that Close must wait for.
func (h *Host) enter() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrClosed
	}
	h.wg.Add(1)
	return nil
}

// bytes returns n random bytes.
func (h *Host) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	h.random.Lock()
	defer h.random.Unlock()
	if _, err := io.ReadFull(h.opt.Rand, b); err != nil {
		return nil, fmt.Errorf("runtimeapi: read randomness: %w", err)
	}
	return b, nil
}
