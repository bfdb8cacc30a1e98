package auth

import (
	"context"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Members is members, for the fuzz test that compares it with encoding/json.
func Members(data []byte, visit func(name string, value []byte) error) error {
	return members(data, visit)
}

// Signature runs the part of Verify that comes before the claims, for official
// vectors whose payloads are not claims: form, header, key and signature.
func (v *Verifier) Signature(ctx context.Context, token string) error {
	if err := v.checkForm(token); err != nil {
		return err
	}
	header, payload, signature := split(token)
	parsed, _, err := v.parser.ParseUnverified(header+".e30."+signature, jwt.MapClaims{})
	if err != nil {
		return err
	}
	key, err := v.keys.KeyfuncCtx(ctx)(parsed)
	if err != nil {
		return err
	}
	return parsed.Method.Verify(header+"."+payload, parsed.Signature, key)
}

func split(token string) (header, payload, signature string) {
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ = strings.Cut(rest, ".")
	return header, payload, signature
}

// Penalties returns how many kids are remembered as looked up in vain.
func (v *Verifier) Penalties() int { return len(v.ring.window.penalties) }
