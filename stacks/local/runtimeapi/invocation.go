package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

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
		r := h.run(inv)
		h.release(inv.fn, inv.def) // first, so that the caller's next call has room
		result <- r
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
