package cognitotest

import (
	"context"
	"errors"
	"time"
)

// attempts calls the function until it answers, at most three times.
func (s *Server) attempts(ctx context.Context, t Trigger, body []byte) (payload []byte, err error) {
	for range triggerAttempts {
		payload, err = s.attempt(ctx, t, body)
		var own *FunctionError
		if err == nil || errors.As(err, &own) || ctx.Err() != nil {
			return payload, err
		}
	}
	return nil, err
}

// Overlap makes every later call of t's function run so often at once, as happens
// on AWS when an answer is late. The first answer counts. One run, or fewer, is
// the normal state.
func (s *Server) Overlap(t Trigger, runs int) { s.overlaps.Store(t, runs) }

// overlapping returns how often the function behind t runs at once.
func (s *Server) overlapping(t Trigger) int {
	if n, ok := s.overlaps.Load(t); ok {
		return max(1, n.(int))
	}
	return 1
}

// answer is what one run of a function came to.
type answer struct {
	payload []byte
	err     error
}

// attempt calls the function and waits five seconds for it. The function itself
// goes on: its next attempt may run beside it.
func (s *Server) attempt(ctx context.Context, t Trigger, body []byte) ([]byte, error) {
	runs := s.overlapping(t)
	done := make(chan answer, runs)
	for range runs {
		s.running.Go(func() {
			payload, err := s.cfg.Lambda.Invoke(s.base, s.cfg.Functions[t], body)
			done <- answer{payload, err}
		})
	}
	limit := time.NewTimer(triggerTimeout)
	defer limit.Stop()
	select {
	case a := <-done:
		return a.payload, a.err
	case <-limit.C:
		return nil, errTimeout
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
