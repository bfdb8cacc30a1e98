package auth_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
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
