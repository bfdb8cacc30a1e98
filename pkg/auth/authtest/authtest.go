// Package authtest is a pretend user pool for tests: it signs access tokens as
// Cognito does and serves the keys to check them with. It knows nothing of
// users; the Cognito stand-in does.
package authtest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"callanalyst/pkg/auth"
)

// The pool's names, in Cognito's own form.
const (
	PoolID   = "us-east-2_Test00001"
	ClientID = "57cbishk4j24pabc1234567890"
	Sub      = "0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b"
)

// Pool is a user pool with one signing key at a time. As an http.Handler it
// serves its JWKS, at any path. It is safe for concurrent use.
type Pool struct {
	Issuer string
	Now    func() time.Time

	mu   sync.Mutex
	key  *rsa.PrivateKey
	kid  string
	keys []jwkset.JWKMarshal // published, the newest first
}

// New returns a pool with a fresh 2048-bit key and the real clock.
func New(tb testing.TB) *Pool {
	tb.Helper()
	p := &Pool{Issuer: auth.Issuer(PoolID), Now: time.Now}
	p.Rotate(tb)
	return p
}

// Rotate makes a new signing key. Keys published before stay published.
func (p *Pool) Rotate(tb testing.TB) {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatalf("authtest: make a key: %v", err)
	}
	kid := rand.Text() + "="
	public, err := jwkset.NewJWKFromKey(&key.PublicKey, jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{ALG: jwkset.AlgRS256, KID: kid, USE: jwkset.UseSig},
	})
	if err != nil {
		tb.Fatalf("authtest: publish a key: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.kid = key, kid
	p.keys = append([]jwkset.JWKMarshal{public.Marshal()}, p.keys...)
}

// Retire takes back every published key, so that the next Rotate publishes a set
// of one.
func (p *Pool) Retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = nil
}

// Config returns the configuration of a verifier of the pool's tokens that was
// handed the present key set and can reach no network.
func (p *Pool) Config() auth.Config {
	return auth.Config{
		Issuer:    p.Issuer,
		ClientIDs: []string{ClientID},
		KeySet:    p.JWKS(),
		Client:    &http.Client{Transport: Blocked{}},
		Now:       p.Now,
	}
}

// Verifier returns a verifier made from Config.
func (p *Pool) Verifier(tb testing.TB) *auth.Verifier {
	tb.Helper()
	v, err := auth.New(p.Config())
	if err != nil {
		tb.Fatalf("authtest: %v", err)
	}
	return v
}

// Claims returns what Cognito puts into an access token of sub, issued now and
// good for an hour. The map is the caller's own.
func (p *Pool) Claims(sub string) map[string]any {
	now := p.Now().Unix()
	return map[string]any{
		"sub": sub, "username": sub, "iss": p.Issuer, "client_id": ClientID,
		"token_use": "access", "scope": "aws.cognito.signin.user.admin", "version": 2,
		"origin_jti": "5f3a9b1c-0000-4000-8000-000000000001", "jti": "8d2c4e6f-0000-4000-8000-000000000002",
		"event_id": "1b2c3d4e-0000-4000-8000-000000000003", "auth_time": now, "iat": now, "exp": now + 3600,
	}
}

// Token returns a signed access token of sub. Each of with, in order, replaces
// claims by name; a nil value takes the claim out.
func (p *Pool) Token(tb testing.TB, sub string, with ...map[string]any) string {
	tb.Helper()
	claims := p.Claims(sub)
	for _, w := range with {
		maps.Copy(claims, w)
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		tb.Fatalf("authtest: encode claims: %v", err)
	}
	return p.Sign(tb, p.Header(), string(payload))
}

// Header returns the header that Cognito writes, with the present key's id.
func (p *Pool) Header() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf(`{"kid":%q,"alg":"RS256"}`, p.kid)
}

// Sign returns header.payload.signature, signed by the present key with RS256
// whatever the header says. Neither text need be JSON.
func (p *Pool) Sign(tb testing.TB, header, payload string) string {
	tb.Helper()
	return p.SignWith(tb, jwt.SigningMethodRS256, header, payload)
}

// SignWith is Sign by another method that RSA keys can be used with.
func (p *Pool) SignWith(tb testing.TB, method jwt.SigningMethod, header, payload string) string {
	tb.Helper()
	p.mu.Lock()
	key := p.key
	p.mu.Unlock()
	text := Encode(header) + "." + Encode(payload)
	signature, err := method.Sign(text, key)
	if err != nil {
		tb.Fatalf("authtest: sign: %v", err)
	}
	return text + "." + Encode(string(signature))
}

// Encode returns s as base64url without padding, as each part of a token is.
func Encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// Public returns the present signing key's public half.
func (p *Pool) Public() *rsa.PublicKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &p.key.PublicKey
}

// JWKS returns the published keys, as Cognito's JWKS endpoint would.
func (p *Pool) JWKS() json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	set, _ := json.Marshal(jwkset.JWKSMarshal{Keys: p.keys}) // strings alone: cannot fail
	return set
}

// ServeHTTP implements http.Handler.
func (p *Pool) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(p.JWKS())
}

// Blocked is a transport of a network that lets nothing out.
type Blocked struct{}

// RoundTrip implements http.RoundTripper. It always fails.
func (Blocked) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("dial tcp %s: network is unreachable", r.URL.Host)
}
