package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
	"callanalyst/pkg/fault"
)

// endpoint is a JWKS endpoint without a network: it counts requests and answers
// each by its present answer.
type endpoint struct {
	mu     sync.Mutex
	answer func(*http.Request) (*http.Response, error)
	asked  atomic.Int64
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	e.asked.Add(1)
	e.mu.Lock()
	answer := e.answer
	e.mu.Unlock()
	return answer(r)
}

func (e *endpoint) set(answer func(*http.Request) (*http.Response, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = answer
}

// keys answers with the pool's keys at the time of the request.
func keys(pool *authtest.Pool) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) { return reply(200, string(pool.JWKS()))(r) }
}

func reply(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// silence answers never.
func silence(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// dribble answers at once and then sends no body.
func dribble(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(stalled{r.Context()}), Request: r}, nil
}

type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// clock is a clock that a test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return noon().Add(time.Duration(c.at.Load())) }
func (c *clock) forward(d time.Duration) { c.at.Add(int64(d)) }

// keysURL is not under the issuer, so that the issuer in an error can only come
// from a token.
const keysURL = "https://keys.test/jwks.json"

// fetching returns a verifier that may fetch, and what it fetches from. It holds
// the pool's keys from the start only if handed says so.
func fetching(t *testing.T, pool *authtest.Pool, handed bool) (*auth.Verifier, *endpoint, *clock) {
	t.Helper()
	e, c := &endpoint{answer: keys(pool)}, &clock{}
	cfg := pool.Config()
	cfg.KeysURL, cfg.Client, cfg.Now = keysURL, &http.Client{Transport: e}, c.now
	if !handed {
		cfg.KeySet = nil
	}
	v, err := auth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v, e, c
}

// unknown returns a token of the pool's whose kid is not in its set.
func unknown(t *testing.T, pool *authtest.Pool, kid string) string {
	t.Helper()
	_, payload, _ := parts(pool.Token(t, authtest.Sub))
	return pool.Sign(t, fmt.Sprintf(`{"kid":%q,"alg":"RS256"}`, kid), decode(t, payload))
}

// badAnswers are answers that are not the pool's keys.
func badAnswers(pool *authtest.Pool) map[string]func(*http.Request) (*http.Response, error) {
	redirect := reply(302, "")
	return map[string]func(*http.Request) (*http.Response, error){
		"404":           reply(404, `{"message":"not found"}`),
		"500":           reply(500, string(pool.JWKS())),
		"204":           reply(204, ""),
		"no network":    authtest.Blocked{}.RoundTrip,
		"HTML":          reply(200, "<html><body>Sign in to the Wi-Fi</body></html>"),
		"nothing":       reply(200, ""),
		"no keys":       reply(200, `{"keys":[]}`),
		"half the keys": reply(200, string(pool.JWKS()[:100])),
		"2 MB":          reply(200, string(pool.JWKS()[:9])+strings.Repeat(" ", 2<<20)+string(pool.JWKS()[9:])),
		"over 64 KB":    reply(200, string(pool.JWKS())+strings.Repeat(" ", 64<<10)),
		"a redirect to good keys": func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/good" {
				return keys(pool)(r)
			}
			resp, err := redirect(r)
			resp.Header.Set("Location", "https://"+r.URL.Host+"/good")
			return resp, err
		},
	}
}

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
