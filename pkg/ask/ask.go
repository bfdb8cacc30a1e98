// Package ask answers a caller's question by a language model, as a stream,
// metered to the token.
//
// An answer goes through four steps. The [Ledger] reserves one question in the
// caller's row, in the one conditional update that is also the check of terms,
// tier and quota. The [Relay] opens the model, falling back to the second one as
// long as nothing was sent. The deltas go out as they come. Before the last
// event is written, the reservation is settled with what was really used, or
// given back when nothing was produced.
package ask

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Prompt is what a model is asked.
type Prompt struct {
	Model     string
	MaxTokens int
	System    string
	Context   string // the transcript, fenced as data; "" for a plain question
	Question  string
}

// Part is one piece of an answer. Exactly one of its groups is set: a delta, or
// how the answer ended; the usage may come with either.
type Part struct {
	Text  string // the next characters of the answer
	Usage Usage  // totals so far; zero when this part says nothing of them
	Stop  Stop   // "" while the answer goes on
}

// Usage counts the tokens of one answer. Input includes what was read from or
// written to the provider's prompt cache.
type Usage struct {
	Input, Output int
}

// Stop says how an answer ended. The texts are part of the API.
type Stop string

// The ways an answer ends by itself. Everything else is an error.
const (
	StopEnd       Stop = "end_turn"   // the model said all it had to say
	StopMaxTokens Stop = "max_tokens" // the answer reached the tier's length
	StopRefusal   Stop = "refusal"    // the model declined to answer
)

// Provider is one vendor's models.
type Provider interface {
	// Name is how the vendor is called in the meta event: anthropic, openai.
	Name() string
	// Answer asks once, without retries, and yields the answer's parts as they
	// come. It ends after a part with a Stop, or with an error; a sequence that
	// ends without either was cut off.
	Answer(ctx context.Context, p Prompt) iter.Seq2[Part, error]
}

// UpstreamError is a provider's failure.
type UpstreamError struct {
	Provider   string
	Status     int           // the HTTP status, 0 when there was none
	Retryable  bool          // another provider, or the same one later, may do better
	RetryAfter time.Duration // what the provider asked for, if it did
	Err        error
}

// Error implements error. It is for the log.
func (e *UpstreamError) Error() string {
	return fmt.Sprintf("ask: %s (status %d): %v", e.Provider, e.Status, e.Err)
}

// Unwrap returns the cause.
func (e *UpstreamError) Unwrap() error { return e.Err }

// The ways a stream fails that no vendor reports.
var (
	ErrTruncated  = errors.New("the answer was cut off before its end")
	ErrFirstDelta = errors.New("the model did not begin in time")
	ErrInactive   = errors.New("the model stopped sending")
	ErrDeadline   = errors.New("the answer took longer than it may")
	ErrOpen       = errors.New("the provider failed too often and is left alone for a while")
)
