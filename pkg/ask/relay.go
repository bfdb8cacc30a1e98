package ask

import (
	"context"
	"errors"
	"time"
)

// Limits bound one answer in time.
type Limits struct {
	FirstDelta time.Duration // from the question to the first character, for each provider
	Inactivity time.Duration // between two parts
	Total      time.Duration // the whole answer
}

// DefaultLimits leave both providers a chance to begin within API Gateway's and
// CloudFront's patience for the first byte.
func DefaultLimits() Limits {
	return Limits{FirstDelta: 8 * time.Second, Inactivity: 20 * time.Second, Total: 100 * time.Second}
}

// Sink takes an answer as it comes. Begin is called once, before the first
// delta, and not at all when no provider begins. An error from a Sink ends the
// answer: nobody is there to read it.
type Sink interface {
	Begin(provider, model string) error
	Delta(text string) error
}

// Outcome is how an answer went. It is complete whatever happened, so that the
// reservation can always be settled.
type Outcome struct {
	Provider string
	Begun    bool  // at least one delta was produced
	Usage    Usage // what the provider reported, or an estimate when it was cut off
	Stop     Stop  // "" when Err is set
	Err      error
}

// Relay asks its providers in order, the next one only as long as nothing has
// been produced. It is safe for concurrent use.
type Relay struct {
	Providers []Provider
	Limits    Limits
	Now       func() time.Time

	breakers [4]breaker // by position; a fleet has two providers
}

// Answer asks p and passes the answer to sink until it ends, fails, or ctx does.
func (r *Relay) Answer(ctx context.Context, p Prompt, sink Sink) Outcome {
	ctx, cancel := context.WithTimeoutCause(ctx, r.total(ctx), ErrDeadline)
	defer cancel()
	var out Outcome
	for i, provider := range r.Providers {
		if r.breakers[i].open(r.Now()) {
			out.Err = errors.Join(out.Err, &UpstreamError{Provider: provider.Name(), Retryable: true, Err: ErrOpen})
			continue
		}
		earlier := out.Err
		out = r.attempt(ctx, provider, p, sink)
		r.breakers[i].note(upstreamFailed(ctx, out.Err), r.Now())
		if out.Err == nil || out.Begun || ctx.Err() != nil || !retryableError(out.Err) {
			return out
		}
		out.Err = errors.Join(earlier, out.Err)
	}
	return out
}

// farewell is left of the caller's own time for the last events and the
// settlement.
const farewell = 4 * time.Second

// total is how long the answer may take: less than the invocation has left.
func (r *Relay) total(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return r.Limits.Total
	}
	return min(r.Limits.Total, end.Sub(r.Now())-farewell)
}

// upstreamFailed reports whether err speaks against the provider. The caller's
// leaving does not.
func upstreamFailed(ctx context.Context, err error) bool {
	var gone sinkError
	return err != nil && !errors.As(err, &gone) && !errors.Is(context.Cause(ctx), context.Canceled)
}

func retryableError(err error) bool {
	var up *UpstreamError
	return !errors.As(err, &up) || up.Retryable
}

// sinkError marks a failure of the sink.
type sinkError struct{ error }

func (e sinkError) Unwrap() error { return e.error }

// attempt asks one provider once.
func (r *Relay) attempt(ctx context.Context, provider Provider, p Prompt, sink Sink) Outcome {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first := time.AfterFunc(r.Limits.FirstDelta, func() { cancel(ErrFirstDelta) })
	defer first.Stop()
	idle := time.AfterFunc(r.Limits.Total, func() { cancel(ErrInactive) })
	defer idle.Stop()

	a := attempt{out: Outcome{Provider: provider.Name()}, model: p.Model, sink: sink}
	for part, err := range provider.Answer(ctx, p) {
		if err != nil {
			a.out.Err = err
			break
		}
		if part.Text != "" {
			first.Stop()
		}
		idle.Reset(r.Limits.Inactivity)
		if a.out.Err = a.take(part); a.out.Err != nil || part.Stop != "" {
			break
		}
	}
	return a.end(context.Cause(ctx), provider.Name())
}

// attempt is the state of one provider's answer.
type attempt struct {
	out   Outcome
	model string
	sink  Sink
	chars int
}

// take passes one part on.
func (a *attempt) take(part Part) error {
	if part.Usage != (Usage{}) {
		a.out.Usage = part.Usage
	}
	a.out.Stop = part.Stop
	begins := !a.out.Begun && (part.Text != "" || part.Stop != "")
	if begins {
		if err := a.sink.Begin(a.out.Provider, a.model); err != nil {
			return sinkError{err}
		}
	}
	if part.Text == "" {
		return nil
	}
	a.out.Begun = true
	a.chars += len(part.Text)
	if err := a.sink.Delta(part.Text); err != nil {
		return sinkError{err}
	}
	return nil
}

// end completes the outcome. cause says why the attempt's own clock ended it.
func (a *attempt) end(cause error, name string) Outcome {
	out := a.out
	switch {
	case out.Err == nil && out.Stop != "":
		return out
	case errors.Is(cause, ErrFirstDelta), errors.Is(cause, ErrInactive), errors.Is(cause, ErrDeadline):
		out.Err = &UpstreamError{Provider: name, Retryable: true, Err: cause}
	case out.Err == nil:
		out.Err = &UpstreamError{Provider: name, Retryable: true, Err: ErrTruncated}
	}
	out.Stop = ""
	// A provider that was cut off has not said how much it wrote. Four bytes a
	// token is what English text comes to.
	out.Usage.Output = max(out.Usage.Output, (a.chars+3)/4)
	return out
}
