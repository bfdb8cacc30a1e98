package feeds_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// host is a function that does as it is told and remembers when it was called.
type host struct {
	answer func(call int, payload []byte) (runtimeapi.Result, error)

	mu    sync.Mutex
	start time.Time
	calls []call
}

type call struct {
	function string
	after    time.Duration // since the host was made
	payload  string
}

func newHost(answer func(call int, payload []byte) (runtimeapi.Result, error)) *host {
	return &host{answer: answer, start: time.Now()}
}

func (h *host) Invoke(ctx context.Context, function string, payload []byte) (runtimeapi.Result, error) {
	h.mu.Lock()
	n := len(h.calls)
	h.calls = append(h.calls, call{function, time.Since(h.start), string(payload)})
	h.mu.Unlock()
	if ctx.Err() != nil {
		return runtimeapi.Result{}, ctx.Err()
	}
	return h.answer(n, payload)
}

func (h *host) times() []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []time.Duration
	for _, c := range h.calls {
		out = append(out, c.after)
	}
	return out
}

func (h *host) last() call {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.calls) == 0 {
		return call{}
	}
	return h.calls[len(h.calls)-1]
}

func fine(int, []byte) (runtimeapi.Result, error) {
	return runtimeapi.Result{Outcome: runtimeapi.OK, Payload: []byte("null")}, nil
}

func broken(int, []byte) (runtimeapi.Result, error) {
	return runtimeapi.Result{Outcome: runtimeapi.Failed, FunctionError: "Unhandled", ErrorType: "errorString", ErrorMessage: "the mail is lost"}, nil
}

func throttledUntil(n int) func(int, []byte) (runtimeapi.Result, error) {
	return func(call int, payload []byte) (runtimeapi.Result, error) {
		if call < n {
			return runtimeapi.Result{}, fmt.Errorf("invoke: %w", runtimeapi.ErrThrottled)
		}
		return fine(call, payload)
	}
}

// counter makes ids: e1, e2, …
func counter() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("e%d", n.Add(1)) }
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }
