package runtimeapi

import (
	"context"
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
	// MaxMemory is the most memory, in bytes, that the process was seen to hold.
	MaxMemory int64
	// LogTail is the last 4 KB of the invocation's log.
	LogTail string
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
