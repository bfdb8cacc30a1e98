package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"callanalyst/pkg/fault"
)

func TestOf(t *testing.T) {
	t.Parallel()
	quota := fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "This month's questions are used up.")
	tests := []struct {
		name string
		err  error
		kind fault.Kind
		code string
	}{
		{name: "a fault is found as it is", err: quota, kind: fault.Exhausted, code: "QUOTA_EXCEEDED"},
		{name: "a wrapped fault is found", err: fmt.Errorf("ask: reserve: %w", quota), kind: fault.Exhausted, code: "QUOTA_EXCEEDED"},
		{name: "the outermost fault wins", err: fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "").With(quota), kind: fault.Unavailable, code: "UPSTREAM_UNAVAILABLE"},
		{name: "any other error is ours", err: errors.New("row u-1 is odd"), kind: fault.Internal, code: "INTERNAL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := fault.Of(tt.err)
			if got.Kind != tt.kind || got.Code != tt.code {
				t.Errorf("Of(%v) = %v %q, want %v %q", tt.err, got.Kind, got.Code, tt.kind, tt.code)
			}
			if !errors.Is(got, tt.err) && !errors.Is(tt.err, got) {
				t.Errorf("Of(%v) lost the error", tt.err)
			}
		})
	}
}

func TestIsComparesCodes(t *testing.T) {
	t.Parallel()
	gone := fault.New(fault.NotFound, "NOT_FOUND", "There is no such bot.")
	err := fmt.Errorf("notetaker: leave: %w", gone.With(errors.New("404")).Because("Bot %s is not there.", "b").After(time.Second))
	if !errors.Is(err, gone) {
		t.Errorf("errors.Is(%v, %v) = false, want true", err, gone)
	}
	if other := fault.New(fault.NotFound, "CONFLICT", ""); errors.Is(err, other) {
		t.Errorf("errors.Is(%v, %v) = true, want false", err, other)
	}
	if errors.Is(err, errors.New("NOT_FOUND")) {
		t.Errorf("a plain error with the same text must not match")
	}
}

func TestCopiesLeaveTheSentinelAlone(t *testing.T) {
	t.Parallel()
	s := fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "Stripe does not answer.")
	cause := errors.New("dial tcp: refused")
	e := s.With(cause).After(3 * time.Second).Because("Try later.")
	if s.Err != nil || s.RetryAfter != 0 || s.Detail != "Stripe does not answer." {
		t.Errorf("sentinel changed: %+v", s)
	}
	if !errors.Is(e, cause) || e.RetryAfter != 3*time.Second || e.Detail != "Try later." {
		t.Errorf("copy = %+v, want cause, retry and detail", e)
	}
	if got, want := e.Error(), "UPSTREAM_UNAVAILABLE: dial tcp: refused"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
