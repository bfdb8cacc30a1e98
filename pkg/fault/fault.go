// Package fault gives every error that leaves a domain package a kind and a
// stable code. The kind decides the HTTP status and whether a retry can help;
// the code is what clients, documents and support speak of. What a person may
// read is Detail; the cause, with its ids and upstream words, is for the log
// alone.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an error is. The zero value is Internal, so a
// failure that nobody classified is never mistaken for the caller's.
type Kind int

// The kinds, each with the HTTP status that an endpoint answers for it.
const (
	Internal        Kind = iota // 500: our defect, or an upstream's nonsense
	Invalid                     // 400: the request is malformed
	Unauthenticated             // 401: no, bad or expired token
	Forbidden                   // 403: known caller, not allowed
	NotFound                    // 404: absent, or another user's
	Conflict                    // 409: at odds with what is stored
	Stale                       // 412: the caller's version is not the newest
	TooLarge                    // 413: over a size limit
	Exhausted                   // 429: a quota or rate is used up
	Unavailable                 // 503: an upstream is down or slow; retry later
)

// Error is a failure with a kind and a stable code. Values made with New are
// comparable with errors.Is by their code, whatever cause With has added.
type Error struct {
	Kind       Kind
	Code       string        // stable, upper snake case, listed in docs/errors.md
	Detail     string        // one plain sentence for a person; no ids, no secrets
	RetryAfter time.Duration // when a retry can help; zero says nothing
	Err        error         // the cause, for the log
}

// New returns an Error without a cause. Packages keep the result as a sentinel.
func New(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Error is the text for a log: the code and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Code
	}
	return fmt.Sprintf("%s: %v", e.Code, e.Err)
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an Error with the same code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// With returns a copy of e that carries err as its cause.
func (e *Error) With(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Because returns a copy of e whose Detail is the given sentence.
func (e *Error) Because(format string, args ...any) *Error {
	c := *e
	c.Detail = fmt.Sprintf(format, args...)
	return &c
}

// After returns a copy of e that asks the caller to wait d before a retry.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Of returns the first Error in err's chain. An error that carries none becomes
// Internal with the code INTERNAL, so its text never reaches a person.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{
		Kind: Internal, Code: "INTERNAL", Err: err,
		Detail: "Something went wrong on our side. Try again; if it stays, tell us the request id.",
	}
}
