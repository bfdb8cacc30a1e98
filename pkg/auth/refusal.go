package auth

import (
	"errors"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"callanalyst/pkg/fault"
)

// Why a token was refused, in words for the log. They are fixed texts: what the
// libraries say may quote the token.
var (
	errTooLong   = errors.New("longer than 8 KB")
	errForm      = errors.New("not three base64url parts")
	errHeader    = errors.New("header is not acceptable")
	errAlgorithm = errors.New("alg is not RS256")
	errKeyID     = errors.New("kid is missing or malformed")
	errKey       = errors.New("kid is not a key of the pool")
	errSignature = errors.New("signature does not match")
	errClaims    = errors.New("claims are malformed")
	errIssuer    = errors.New("iss is not the pool")
	errUse       = errors.New("token_use is not access")
	errClient    = errors.New("client_id is not ours")
	errSubject   = errors.New("sub is not a UUID")
	errMissing   = errors.New("exp or iss is missing")
	errTooEarly  = errors.New("nbf or iat is in the future")
	errExpired   = errors.New("exp has passed")
	errOther     = errors.New("token is not acceptable")
)

// causes maps what the libraries report to our words, the gravest first: a
// token with more than one fault is named by the first that matches.
func causes() [13]struct{ from, to error } {
	return [...]struct{ from, to error }{
		{jwkset.ErrKeyNotFound, errKey},
		{jwt.ErrTokenSignatureInvalid, errSignature},
		{errClaims, errClaims},
		{jwt.ErrTokenMalformed, errForm},
		{jwt.ErrTokenUnverifiable, errKey},
		{jwt.ErrTokenInvalidIssuer, errIssuer},
		{errUse, errUse},
		{errClient, errClient},
		{errSubject, errSubject},
		{jwt.ErrTokenRequiredClaimMissing, errMissing},
		{jwt.ErrTokenNotValidYet, errTooEarly},
		{jwt.ErrTokenUsedBeforeIssued, errTooEarly},
		{jwt.ErrTokenExpired, errExpired},
	}
}

// refusal turns a failed parse into one of the package's faults. A token is
// TokenExpired only if nothing else is wrong with it.
func refusal(err error) error {
	if errors.Is(err, ErrKeysUnavailable) {
		return fault.Of(err)
	}
	why := cause(err)
	if errors.Is(why, errExpired) {
		return TokenExpired.With(why)
	}
	return TokenInvalid.With(why)
}

func cause(err error) error {
	for _, c := range causes() {
		if errors.Is(err, c.from) {
			return c.to
		}
	}
	return errOther
}
