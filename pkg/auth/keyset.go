package auth

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/MicahParks/jwkset"
)

const (
	minKeyBits  = 2048      // of the modulus: RFC 7518 section 3.3
	minExponent = 1<<16 + 1 // FIPS 186-5 section 5.1
)

// jwk is the part of a JSON Web Key that we read. The library's own type reads
// thirty members, certificates and addresses among them.
type jwk struct {
	KTY jwkset.KTY `json:"kty"`
	Use jwkset.USE `json:"use"`
	Alg jwkset.ALG `json:"alg"`
	Kid string     `json:"kid"`
	N   string     `json:"n"`
	E   string     `json:"e"`

	D string `json:"d"` // the private part of a key pair
	K string `json:"k"` // a symmetric key
}

// parseKeySet reads a JWKS. As RFC 7517 section 5 asks, a key of another kind
// (not for RS256, not for signatures) is left out, so a pool may add one
// without locking everybody out. A key of our kind that is weak or broken, a
// secret among public keys, one kid twice and a set without any key of ours are
// signs that the set is not the pool's: they refuse all of it.
func parseKeySet(data []byte) ([]jwkset.JWK, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, errors.New("auth: key set is not a JWKS")
	}
	var keys []jwkset.JWK
	kids := map[string]bool{}
	for i, j := range set.Keys {
		if kids[j.Kid] {
			return nil, fmt.Errorf("auth: key set: key %d: kid is not unique", i)
		}
		kids[j.Kid] = true
		key, ours, err := j.key()
		if err != nil {
			return nil, fmt.Errorf("auth: key set: key %d: %w", i, err)
		}
		if ours {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("auth: key set holds no RS256 signing key")
	}
	return keys, nil
}

// key returns j as the library's type, and whether it is of our kind.
func (j jwk) key() (key jwkset.JWK, ours bool, err error) {
	switch {
	case j.D != "" || j.K != "":
		return key, false, errors.New("is not public")
	case j.Alg != jwkset.AlgRS256, j.Use != jwkset.UseSig:
		return key, false, nil
	case j.KTY != jwkset.KtyRSA:
		return key, false, errors.New("kty is not RSA")
	case j.Kid == "" || len(j.Kid) > maxKeyID:
		return key, false, errors.New("kid is missing or too long")
	}
	key, err = jwkset.NewJWKFromMarshal(
		jwkset.JWKMarshal{KTY: j.KTY, USE: j.Use, ALG: j.Alg, KID: j.Kid, N: j.N, E: j.E},
		jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return key, false, errors.New("n or e is malformed")
	}
	public, ok := key.Key().(*rsa.PublicKey)
	if !ok {
		return key, false, errors.New("is not an RSA public key")
	}
	return key, true, checkStrength(public)
}

// checkStrength refuses a key under which signatures could be forged.
func checkStrength(key *rsa.PublicKey) error {
	switch {
	case key.N.BitLen() < minKeyBits:
		return errors.New("modulus is shorter than 2048 bits")
	case key.E < minExponent || key.E%2 == 0:
		return errors.New("exponent is small or even")
	case key.N.Bit(0) == 0:
		return errors.New("modulus is even")
	case isROCA(key.N):
		return errors.New("was made by a chip whose keys can be factored (CVE-2017-15361)")
	}
	return nil
}
