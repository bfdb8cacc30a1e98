package billing

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// attempts bounds how often one call to Stripe is made. With the pauses below
// it outlasts a request that holds the same idempotency key for two seconds.
const attempts = 6

// retrying repeats try while its error says that a repetition is safe and may
// help. The last error counts, also when the context ended meanwhile.
func retrying(ctx context.Context, method string, try func() error) error {
	for n := 0; ; n++ {
		err := try()
		if err == nil || n == attempts-1 || !repeatable(method, n, err) || !pause(ctx, n) {
			return err
		}
	}
}

// repeatable says whether a failed call may be made again. Every POST carries
// an idempotency key, so a lost answer is safe to ask for; a POST's 5xx is not
// worth it, because Stripe keeps that answer for the key.
func repeatable(method string, n int, err error) bool {
	var e *APIError
	if !errors.As(err, &e) {
		return n < 2 // no answer at all: the network, or nonsense instead of JSON
	}
	switch {
	case e.Status == http.StatusConflict, e.Status == http.StatusTooManyRequests:
		return true
	case e.Status >= http.StatusInternalServerError:
		return method == http.MethodGet && n < 2
	}
	return false
}

// pause waits before attempt n+1 at Stripe: 50, 100, 200, 400, then 800 ms, up to
// half of it more at random. It reports false when the context ends first or would.
func pause(ctx context.Context, n int) bool {
	return wait(ctx, 50*time.Millisecond<<min(n, 4))
}

// stepAside waits a few milliseconds before a row is looked at again that
// somebody else has just written.
func stepAside(ctx context.Context, n int) bool {
	return wait(ctx, 2*time.Millisecond<<min(n, 4))
}

func wait(ctx context.Context, d time.Duration) bool {
	d += rand.N(d / 2) //nolint:gosec // jitter is no secret
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
