// Package auth says who is calling. It turns the access token that a Cognito
// user pool issued into a Caller, and it does so without asking anybody: the
// pool's public keys are handed over at deploy, and fetched only when a token
// names a key that is not among them.
//
// Nothing here has an insecure default. A Verifier exists only with an issuer
// and at least one app client, takes RS256 alone, and demands the key id, the
// expiry, the token's kind and the subject. What is unclear is refused.
package auth

import (
	"time"

	"callanalyst/pkg/fault"
)

// Caller is the person, or rather the signed-in session, behind a request. All
// of it comes from a token whose signature, issuer, client and times have been
// checked. An access token carries no e-mail and no custom attributes.
type Caller struct {
	Sub      string // the user's id for life: a UUID; every row is keyed by it
	Username string // Cognito's name for the user, as the admin API wants it; may equal Sub
	ClientID string // the app client that the token was issued to
	Scope    string // OAuth scopes, separated by spaces; may be empty
	TokenID  string // the token's own id (jti)
	OriginID string // the sign-in's id (origin_jti): the same on every refresh

	AuthTime  time.Time // when the person proved who they are; zero if the token does not say
	IssuedAt  time.Time // zero if the token does not say
	ExpiresAt time.Time // never zero
}

// The ways a token is refused. An endpoint answers each with its code; the
// cause that With adds is for the log and never holds any part of the token.
var (
	// TokenMissing reports a request without a bearer token.
	TokenMissing = fault.New(fault.Unauthenticated, "TOKEN_MISSING",
		"This request carries no access token. Sign in and send it as Authorization: Bearer <token>.")
	// TokenInvalid reports a token that is not an access token of this pool and
	// client, whatever the reason: a caller learns no more than that.
	TokenInvalid = fault.New(fault.Unauthenticated, "TOKEN_INVALID",
		"This access token is not valid here. Sign in again.")
	// TokenExpired reports a token that was good and has run out.
	TokenExpired = fault.New(fault.Unauthenticated, "TOKEN_EXPIRED",
		"This access token has expired. Refresh it, or sign in again.")
	// ErrKeysUnavailable reports that no key set was handed over and none could
	// be fetched. It says nothing about the token, which may be good: a client
	// must try again, not sign the person out.
	ErrKeysUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE",
		"Sign-in cannot be checked right now. Try again in a few seconds.").After(retryAfter)
)
