package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Lambda's limits on what one invocation takes and gives, in bytes.
const (
	MaxRequest      = 6 << 20
	MaxAsyncRequest = 1 << 20
	MaxResponse     = 6<<20 + 100
)

// Result is what came of an invocation.
type Result struct {
	RequestID string
	// Payload is the function's answer, or its error as JSON. It is empty for a
	// streamed answer that went well.
	Payload []byte
	// FunctionError is "Unhandled" if the function failed, and empty otherwise.
	FunctionError           string
	ErrorType, ErrorMessage string
	Outcome                 Outcome
	Cold                    bool
	// Duration is the time in the handler; InitDuration that of the cold start before it.
	Duration, InitDuration time.Duration
	// MaxMemory is the most memory, in bytes, that the process has ever held.
	MaxMemory int64
	// LogTail is the last 4 KB of the invocation's log.
	LogTail string
}

// Sink receives a streamed answer.
type Sink interface {
	// Head comes once, before the body. Its prelude is the JSON in front of a
	// streamed HTTP answer, and nil if the function answered without one.
	Head(contentType string, prelude []byte) error
	// Write receives each piece of the body as the function writes it. After an
	// error of Head or Write nothing more comes, but the function runs on: on
	// AWS it is not told either.
	Write(p []byte) (int, error)
}

// Invoke runs one event in a function and returns when the function is ready
// for the next. The end of ctx ends the wait and not the function, as on AWS.
// The error is one of [ErrNotFound], [ErrThrottled], [ErrTooLarge], [ErrClosed]
// or that of ctx; a failure of the function is in the Result.
func (h *Host) Invoke(ctx context.Context, name string, payload []byte) (Result, error) {
	return h.invoke(ctx, &invocation{name: name, payload: payload})
}

// Stream is Invoke with the answer handed on as it comes. The sink is not used
// once Stream has returned. If the function fails after Head, the Result says so.
func (h *Host) Stream(ctx context.Context, name string, payload []byte, sink Sink) (Result, error) {
	g := &guard{sink: sink}
	defer g.detach()
	return h.invoke(ctx, &invocation{name: name, payload: payload, sink: g})
}

// invocation is one event on its way through a function.
type invocation struct {
	host          *Host
	name          string
	payload       []byte
	clientContext string
	trace         string
	sink          Sink // nil collects the answer

	id       string
	fn       *function
	def      Function
	arrived  time.Time
	began    time.Time
	deadline time.Time
	cold     bool
	// restarted: the first init failed, and the clock runs since then.
	restarted bool

	duration, initDuration time.Duration

	// The worker's mutex guards these.
	claimed bool // a response or an error is coming in
	settled bool // it came in whole
	answer  answer

	read chan struct{} // closed when what was claimed is read to its end
	done chan struct{} // closed when the process is ready for the next event
}

func (h *Host) invoke(ctx context.Context, inv *invocation) (Result, error) {
	if err := inv.prepare(h); err != nil {
		return Result{}, fmt.Errorf("runtimeapi: invoke %s: %w", inv.name, err)
	}
	result := make(chan Result, 1)
	go func() {
		defer h.release(inv.fn, inv.def)
		result <- h.run(inv)
	}()
	select {
	case r := <-result:
		return r, h.closedMeanwhile(r)
	case <-ctx.Done():
		return Result{RequestID: inv.id}, ctx.Err()
	}
}

// prepare gives an invocation its id and its place.
func (inv *invocation) prepare(h *Host) (err error) {
	name, qualifier := ParseName(inv.name)
	if qualifier != "" && qualifier != "$LATEST" {
		return ErrNotFound
	}
	if len(inv.payload) > MaxRequest {
		return ErrTooLarge
	}
	inv.host, inv.arrived = h, h.opt.Now()
	inv.read, inv.done = make(chan struct{}), make(chan struct{})
	if inv.id, err = h.requestID(); err != nil {
		return err
	}
	if inv.trace == "" {
		if inv.trace, err = h.traceID(); err != nil {
			return err
		}
	}
	if inv.fn, inv.def, err = h.admit(name); errors.Is(err, ErrThrottled) {
		h.opt.Observe(Event{Function: name, RequestID: inv.id, Outcome: Throttled, Start: inv.arrived, Error: err.Error(), MemoryMB: inv.def.MemoryMB})
	}
	return err
}

func (h *Host) closedMeanwhile(r Result) error {
	if h.ctx.Err() != nil && r.FunctionError != "" {
		return ErrClosed
	}
	return nil
}

func (h *Host) requestID() (string, error) {
	b, err := h.bytes(16)
	if err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a random UUID
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

func (h *Host) traceID() (string, error) {
	b, err := h.bytes(20)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", h.opt.Now().Unix(), b[:12], b[12:]), nil
}

// guard keeps a sink from being used after its owner has left.
type guard struct {
	mu   sync.Mutex
	sink Sink
}

func (g *guard) detach() {
	g.mu.Lock()
	g.sink = nil
	g.mu.Unlock()
}

func (g *guard) Head(contentType string, prelude []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sink == nil {
		return context.Canceled
	}
	return g.sink.Head(contentType, prelude)
}

func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sink == nil {
		return 0, context.Canceled
	}
	return g.sink.Write(p)
}
