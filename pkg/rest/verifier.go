package rest

import (
	"encoding/json"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/boot"
)

// Verifier returns the verifier that every endpoint is given, from the settings
// USER_POOL_ID, USER_POOL_CLIENT_ID, JWKS and JWKS_URL.
func Verifier(p *boot.Process) (*auth.Verifier, error) {
	return auth.New(auth.Config{
		Issuer: auth.Issuer(p.Env.Need("USER_POOL_ID")), ClientIDs: []string{p.Env.Need("USER_POOL_CLIENT_ID")},
		KeySet: json.RawMessage(p.Env.Or("JWKS", "")), KeysURL: p.Env.Or("JWKS_URL", ""), Client: p.HTTP, Now: p.Now,
	})
}
