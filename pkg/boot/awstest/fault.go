package awstest

import (
	"context"
	"sync"
	"time"
)

// Faults makes operations of one service fail or answer late, and counts
// calls. It applies to calls over HTTP; Go methods are not touched. The zero
// value changes nothing. It is safe for concurrent use.
type Faults struct {
	mu    sync.Mutex
	rules map[string]*rule
	calls map[string]int
}

// rule is what happens to the calls of one operation.
type rule struct {
	err   *Error
	left  int // calls that still fail; negative: all
	delay time.Duration
}

// Fail makes the next n calls of the operation answer err before they do
// anything; a negative n means every call until Clear.
func (f *Faults) Fail(operation string, n int, err *Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rule(operation)
	r.err, r.left = err, n
}

// Delay makes every call of the operation wait before it does anything.
func (f *Faults) Delay(operation string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rule(operation).delay = d
}

// Clear forgets all faults and delays; the counts stay.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// Calls returns how often the operation was called, failures included.
func (f *Faults) Calls(operation string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[operation]
}

// rule returns the operation's rule. The caller holds mu.
func (f *Faults) rule(operation string) *rule {
	if f.rules == nil {
		f.rules = map[string]*rule{}
	}
	if f.rules[operation] == nil {
		f.rules[operation] = &rule{}
	}
	return f.rules[operation]
}

// enter counts a call, waits as told and returns the failure it is due.
func (f *Faults) enter(ctx context.Context, operation string) error {
	delay, err := f.take(operation)
	if werr := wait(ctx, delay); werr != nil {
		return werr
	}
	if err != nil {
		return err
	}
	return nil
}

// take counts a call and uses up one failure.
func (f *Faults) take(operation string) (time.Duration, *Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[operation]++
	r := f.rules[operation]
	if r == nil {
		return 0, nil
	}
	if r.left == 0 {
		return r.delay, nil
	}
	r.left--
	return r.delay, r.err
}

// wait returns after d, or with the context's error if that ends first.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
