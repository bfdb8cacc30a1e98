package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// leeway is the clock difference between Cognito and this machine that is
// forgiven, in either direction.
const leeway = 5 * time.Second

// ErrConfig reports a Config that nothing may be verified with. Its text names
// everything that is wrong with it at once.
var ErrConfig = errors.New("auth: configuration")

// errNoVerifier is what the zero Verifier answers.
var errNoVerifier = errors.New("verifier was not made with New")

// Config says whose tokens are accepted.
type Config struct {
	// Issuer is the pool's address, https://cognito-idp.<region>.amazonaws.com/<pool>,
	// exactly as tokens carry it. Required.
	Issuer string
	// ClientIDs are the app clients whose tokens are accepted. At least one.
	ClientIDs []string
	// KeySet is the pool's JWKS as JSON, handed over at deploy. With it, a cold
	// start fetches nothing. Without it, the first token does.
	KeySet json.RawMessage
	// KeysURL is where the JWKS is fetched. Empty means the place where Cognito
	// serves it, under Issuer.
	KeysURL string
	// Client makes the fetches. Required; a fetch ends after 3 s whatever the
	// client's own limit, and follows no redirect.
	Client *http.Client
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Issuer returns the issuer of the Cognito pool, whose id begins with its
// region: us-east-2_AbC is of us-east-2.
func Issuer(poolID string) string {
	region, _, _ := strings.Cut(poolID, "_")
	return "https://cognito-idp." + region + ".amazonaws.com/" + poolID
}

// Verifier turns access tokens into Callers. It is safe for concurrent use, and
// starts no goroutine: a Lambda environment is frozen between invocations. The
// zero value refuses every token.
type Verifier struct {
	clients []string
	parser  *jwt.Parser
	keys    keyfunc.Keyfunc
	ring    *keyring
}

// New returns the Verifier for c, or an ErrConfig that lists all that is missing
// or malformed.
func New(c Config) (*Verifier, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.KeysURL == "" {
		c.KeysURL = c.Issuer + "/.well-known/jwks.json"
	}
	ring, err := newKeyring(c)
	if problems := c.problems(err); len(problems) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrConfig, strings.Join(problems, "; "))
	}
	keys, err := keyfunc.New(keyfunc.Options{Storage: ring})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return &Verifier{
		clients: slices.Clone(c.ClientIDs),
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
			jwt.WithStrictDecoding(),
			jwt.WithIssuer(c.Issuer),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(c.Now),
		),
		keys: keys,
		ring: ring,
	}, nil
}

// problems names what c lacks, and what is wrong with its key set.
func (c Config) problems(keySet error) (list []string) {
	if !isIssuer(c.Issuer) {
		list = append(list, "Issuer must be an https address without a slash at its end")
	}
	if len(c.ClientIDs) == 0 || slices.Contains(c.ClientIDs, "") {
		list = append(list, "ClientIDs must name at least one app client, and no empty one")
	}
	if u, err := url.Parse(c.KeysURL); err != nil || u.Host == "" {
		list = append(list, "KeysURL must be an absolute address")
	}
	if c.Client == nil {
		list = append(list, "Client is missing")
	}
	if keySet != nil {
		list = append(list, keySet.Error())
	}
	return list
}

func isIssuer(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && !strings.HasSuffix(address, "/")
}

// Load makes sure that a key set is held, fetching one if none was handed over.
// Call it while the process starts, beside other work, so that the first request
// does not wait. Its failure need not stop the process: Verify tries again.
func (v *Verifier) Load(ctx context.Context) error {
	if v == nil || v.ring == nil {
		return fmt.Errorf("%w: %w", ErrConfig, errNoVerifier)
	}
	return v.ring.load(ctx)
}

// Authenticate returns the Caller behind the value of an Authorization header.
// No header, or another scheme than Bearer, is TokenMissing.
func (v *Verifier) Authenticate(ctx context.Context, authorization string) (Caller, error) {
	token, ok := bearer(authorization)
	if !ok {
		return Caller{}, TokenMissing
	}
	return v.Verify(ctx, token)
}

// bearer returns what follows the scheme, whose case does not matter (RFC 9110
// section 11.1). Only spaces part the two.
func bearer(authorization string) (string, bool) {
	scheme, token, _ := strings.Cut(strings.Trim(authorization, " "), " ")
	token = strings.TrimLeft(token, " ")
	return token, token != "" && strings.EqualFold(scheme, "Bearer")
}

// Verify returns the Caller that token speaks for, or one of TokenMissing,
// TokenInvalid, TokenExpired and ErrKeysUnavailable. The signature is checked
// before any claim is read. It fetches keys only when token names an unknown
// one, and then gives up when ctx ends.
func (v *Verifier) Verify(ctx context.Context, token string) (Caller, error) {
	if token == "" {
		return Caller{}, TokenMissing
	}
	if v == nil || v.parser == nil {
		return Caller{}, TokenInvalid.With(errNoVerifier)
	}
	if err := v.checkForm(token); err != nil {
		return Caller{}, TokenInvalid.With(err)
	}
	c := &claims{clients: v.clients}
	if _, err := v.parser.ParseWithClaims(token, c, v.keys.KeyfuncCtx(ctx)); err != nil {
		return Caller{}, refusal(err)
	}
	return c.caller(), nil
}
