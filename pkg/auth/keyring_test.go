package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
	"callanalyst/pkg/fault"
)

func TestFetchesOnFirstUse(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, e, _ := fetching(t, pool, false)
	for range 3 {
		if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
			t.Fatalf("Verify: %v", err)
		}
	}
	if n := e.asked.Load(); n != 1 {
		t.Errorf("3 tokens caused %d fetches, want 1", n)
	}
}

func TestKeySetHandedOverNeedsNoNetwork(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	if _, err := pool.Verifier(t).Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
		t.Errorf("Verify with the network blocked: %v", err)
	}
	v, e, _ := fetching(t, pool, true)
	if err := v.Load(t.Context()); err != nil {
		t.Errorf("Load with a key set in hand: %v", err)
	}
	if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil || e.asked.Load() != 0 {
		t.Errorf("Verify = %v after %d fetches, want nil after none", err, e.asked.Load())
	}
}

func TestWhereKeysAreFetched(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	for configured, want := range map[string]string{"": pool.Issuer + "/.well-known/jwks.json", keysURL: keysURL} {
		var got string
		c := pool.Config()
		c.KeySet, c.KeysURL = nil, configured
		c.Client = &http.Client{Transport: &endpoint{answer: func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return keys(pool)(r)
		}}}
		v, err := auth.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Load(t.Context()); err != nil || got != want {
			t.Errorf("Load with KeysURL %q asked %s, %v, want %s", configured, got, err, want)
		}
	}
}

func TestWithoutKeysNothingIsDecided(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	for name, answer := range badAnswers(pool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, e, c := fetching(t, pool, false)
			e.set(answer)
			token := pool.Token(t, authtest.Sub)
			got, err := v.Verify(t.Context(), token)
			undecided(t, got, err)
			silent(t, err, token)
			if err := v.Load(t.Context()); err == nil {
				t.Errorf("Load = nil, want the fetch's error")
			}
			e.set(keys(pool))
			c.forward(10 * time.Second)
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Errorf("Verify ten seconds later, the keys being back: %v", err)
			}
		})
	}
}

// undecided demands the answer of a verifier without keys: 503, never 401.
func undecided(t *testing.T, got auth.Caller, err error) {
	t.Helper()
	f := fault.Of(err)
	if !errors.Is(err, auth.ErrKeysUnavailable) || f.Kind != fault.Unavailable || f.Code != "UPSTREAM_UNAVAILABLE" || f.RetryAfter <= 0 {
		t.Errorf("Verify without keys = %v (%+v), want ErrKeysUnavailable with a time to retry", err, f)
	}
	if errors.Is(err, auth.TokenInvalid) || errors.Is(err, auth.TokenExpired) || got != (auth.Caller{}) {
		t.Errorf("Verify without keys = %+v, %v: it judged the token", got, err)
	}
}

func TestOldKeysSurviveABadAnswer(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	for name, answer := range badAnswers(pool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, e, _ := fetching(t, pool, true)
			e.set(answer)
			if _, err := v.Verify(t.Context(), unknown(t, pool, "new")); !errors.Is(err, auth.TokenInvalid) {
				t.Errorf("Verify of an unknown kid = %v, want TokenInvalid", err)
			}
			if e.asked.Load() == 0 {
				t.Error("the unknown kid caused no fetch")
			}
			if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
				t.Errorf("Verify by the old key: %v", err)
			}
		})
	}
}

// TestSlowEndpoint holds a fetch against its limit of three seconds.
func TestSlowEndpoint(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){"silent": silence, "slow body": dribble} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v, e, _ := fetching(t, pool, false)
				e.set(answer)
				start := time.Now()
				got, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub))
				undecided(t, got, err)
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("Verify took %s, want 3s", took)
				}
			})
		})
	}
}

// TestRequestContext gives up with the request, be it in front of the endpoint or
// in the queue behind another, and the next request tries again at once.
func TestRequestContext(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	token := pool.Token(t, authtest.Sub)
	synctest.Test(t, func(t *testing.T) {
		v, e, _ := fetching(t, pool, false)
		e.set(silence)
		var wg sync.WaitGroup
		ask := func(limit time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			start := time.Now()
			got, err := v.Verify(ctx, token)
			undecided(t, got, err)
			if took := time.Since(start); took != limit {
				t.Errorf("a request of %s took %s", limit, took)
			}
		}
		wg.Go(func() { ask(2 * time.Second) })
		synctest.Wait()
		wg.Go(func() { ask(time.Second) })
		wg.Wait()
		e.set(keys(pool))
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("Verify by the next request: %v", err)
		}
	})
}

// TestReadsNoMoreThanAKeySet counts what is read of a body without end.
func TestReadsNoMoreThanAKeySet(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, e, _ := fetching(t, pool, false)
	body := &endless{}
	e.set(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(body), Request: r}, nil
	})
	got, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub))
	undecided(t, got, err)
	if body.read > 65<<10 {
		t.Errorf("%d bytes were read of an endless body, want about 64 KB", body.read)
	}
}

// endless is a body of spaces that breaks off, much too late, after 1 MB.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 1<<20 {
		return 0, io.ErrUnexpectedEOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestRotation(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, e, c := fetching(t, pool, true)
	old := pool.Token(t, authtest.Sub)
	pool.Rotate(t)
	fresh := pool.Token(t, authtest.Sub)
	for name, token := range map[string]string{"new": fresh, "old": old} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("Verify by the %s key after a rotation: %v", name, err)
		}
	}
	if n := e.asked.Load(); n != 1 {
		t.Errorf("a rotation caused %d fetches, want 1", n)
	}
	pool.Retire()
	pool.Rotate(t)
	c.forward(30 * time.Second)
	if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
		t.Errorf("Verify after the second rotation: %v", err)
	}
	if _, err := v.Verify(t.Context(), old); !errors.Is(err, auth.TokenInvalid) {
		t.Errorf("Verify by a key that the pool took back = %v, want TokenInvalid", err)
	}
}

// TestRotationUnderWay has requests by both keys arrive while the pool rotates.
func TestRotationUnderWay(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, e, _ := fetching(t, pool, true)
	old := pool.Token(t, authtest.Sub)
	pool.Rotate(t)
	fresh := pool.Token(t, authtest.Sub)
	var wg sync.WaitGroup
	for i := range 200 {
		token := old
		if i%2 == 0 {
			token = fresh
		}
		wg.Go(func() {
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Errorf("Verify amid a rotation: %v", err)
			}
		})
	}
	wg.Wait()
	if n := e.asked.Load(); n != 1 {
		t.Errorf("200 requests amid a rotation caused %d fetches, want 1", n)
	}
}
