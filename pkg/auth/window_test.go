package auth_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

// TestUnknownKidsShareOneFetch sends a thousand invented kids at once, window
// after window, with and without keys in hand and the endpoint up and down.
func TestUnknownKidsShareOneFetch(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	tests := []struct {
		name   string
		handed bool
		up     bool
		window time.Duration
		want   error
	}{
		{name: "keys in hand, endpoint up", handed: true, up: true, window: 30 * time.Second, want: auth.TokenInvalid},
		{name: "keys in hand, endpoint down", handed: true, window: 30 * time.Second, want: auth.TokenInvalid},
		{name: "no keys, endpoint up", up: true, window: 30 * time.Second, want: auth.TokenInvalid},
		{name: "no keys, endpoint down", window: 10 * time.Second, want: auth.ErrKeysUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, e, c := fetching(t, pool, tt.handed)
			if !tt.up {
				e.set(authtest.Blocked{}.RoundTrip)
			}
			for round := range int64(2) {
				flood(t, v, pool, 1000, tt.want)
				if n := e.asked.Load(); n != round+1 {
					t.Errorf("after flood %d: %d fetches, want %d", round+1, n, round+1)
				}
				c.forward(tt.window - time.Nanosecond)
				flood(t, v, pool, 10, tt.want)
				if n := e.asked.Load(); n != round+1 {
					t.Errorf("a moment before window %d closes: %d fetches, want %d", round+1, n, round+1)
				}
				c.forward(time.Nanosecond)
			}
		})
	}
}

// flood verifies n tokens at once, each with a kid that was never seen before.
func flood(t *testing.T, v *auth.Verifier, pool *authtest.Pool, n int, want error) {
	t.Helper()
	_, payload, signature := parts(pool.Token(t, authtest.Sub))
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			header := authtest.Encode(fmt.Sprintf(`{"kid":%q,"alg":"RS256"}`, rand.Text()))
			if _, err := v.Verify(t.Context(), header+"."+payload+"."+signature); !errors.Is(err, want) {
				t.Errorf("Verify of an invented kid = %v, want %v", err, want)
			}
		})
	}
	wg.Wait()
}

// TestPenalty holds one kid that was looked up in vain against asking again.
func TestPenalty(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, e, c := fetching(t, pool, true)
	steps := []struct {
		after time.Duration
		kid   string
		want  int64
		why   string
	}{
		{0, "a", 1, "the first unknown kid fetches"},
		{time.Second, "a", 1, "the same kid does not"},
		{24 * time.Second, "b", 1, "another kid within 30 s does not either"},
		{6 * time.Second, "b", 1, "at 31 s the other kid still has 4 s to wait"},
		{0, "c", 2, "while a third may fetch"},
		{31 * time.Second, "b", 3, "and later so may the second"},
	}
	for _, s := range steps {
		c.forward(s.after)
		if _, err := v.Verify(t.Context(), unknown(t, pool, s.kid)); !errors.Is(err, auth.TokenInvalid) {
			t.Errorf("Verify(kid %s) = %v, want TokenInvalid", s.kid, err)
		}
		if n := e.asked.Load(); n != s.want {
			t.Fatalf("%s: %d fetches, want %d", s.why, n, s.want)
		}
	}
}

// TestPenaltiesAreForgotten floods the memory of penalties, which must neither
// grow without end nor, once full, keep a real rotation out.
func TestPenaltiesAreForgotten(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, e, c := fetching(t, pool, true)
	flood(t, v, pool, 1000, auth.TokenInvalid)
	if n := v.Penalties(); n > 256 {
		t.Errorf("%d penalties are remembered, want at most 256", n)
	}
	c.forward(30 * time.Second)
	pool.Rotate(t)
	if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
		t.Errorf("Verify by a new key after a flood: %v", err)
	}
	if n, asked := v.Penalties(), e.asked.Load(); n != 1 || asked != 2 {
		t.Errorf("%d penalties and %d fetches, want 1 and 2", n, asked)
	}
}
