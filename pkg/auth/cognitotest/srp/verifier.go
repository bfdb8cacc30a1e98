package srp

import (
	"crypto/subtle"
	"fmt"
	"io"
	"math/big"
)

// saltSize is the length of a password's salt in bytes, as Cognito's.
const saltSize = 16

// Verifier is all that a server keeps of a password: a salt and g^x, both in
// hexadecimal. The password cannot be read back from it.
type Verifier struct {
	Salt  string `json:"salt"`
	Value string `json:"value"`
}

// NewVerifier derives a verifier for user's password with a salt from random.
// The pool is the part of the user pool's id behind the underscore.
func NewVerifier(random io.Reader, pool, user, password string) (Verifier, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return Verifier{}, fmt.Errorf("srp: draw a salt: %w", err)
	}
	return derive(new(big.Int).SetBytes(salt), pool, user, password), nil
}

// Matches reports whether password is the one v was derived from. Its time does
// not depend on how much of the verifier agrees.
func (v Verifier) Matches(pool, user, password string) bool {
	salt, ok := new(big.Int).SetString(v.Salt, 16)
	if !ok {
		return false
	}
	got := derive(salt, pool, user, password)
	return subtle.ConstantTimeCompare([]byte(got.Value), []byte(v.Value)) == 1
}

func derive(salt *big.Int, pool, user, password string) Verifier {
	gr := newGroup()
	v := new(big.Int).Exp(gr.g, secret(pool, user, password, salt), gr.n)
	return Verifier{Salt: hexOf(salt), Value: hexOf(v)}
}
