// Package srp is the Secure Remote Password exchange (SRP-6a) in the dialect
// that Amazon Cognito speaks: the 3072-bit group of RFC 5054, SHA-256, integers
// hashed as Java's BigInteger writes them, and a 16-byte session key drawn by
// HKDF with the info "Caldera Derived Key".
//
// Both halves are here. The server half never sees a password: it holds a salt
// and a verifier. The client half lets Go programs sign in as a browser does.
package srp

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
)

// ErrParameter reports a public value that is not a hexadecimal number, or that
// is zero modulo the group's prime and would make the session key predictable.
var ErrParameter = errors.New("srp: illegal public value")

// keyInfo is the HKDF info string of Cognito's session key.
const keyInfo = "Caldera Derived Key"

// keySize is the length of the session key in bytes.
const keySize = 16

// prime is the 3072-bit prime of RFC 5054, appendix A; its generator is 2.
const prime = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
	"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
	"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
	"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
	"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
	"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

// group holds the numbers both sides share. It is built for each exchange, so
// that the package keeps no state of its own.
type group struct{ n, g, k *big.Int }

func newGroup() group {
	n, _ := new(big.Int).SetString(prime, 16)
	g := big.NewInt(2)
	return group{n: n, g: g, k: hashInt(pad(n), pad(g))}
}

// public reads a peer's public value and refuses the ones that are zero in the
// group.
func (gr group) public(value string) (*big.Int, error) {
	i, ok := new(big.Int).SetString(value, 16)
	if !ok || i.Sign() < 0 {
		return nil, ErrParameter
	}
	if new(big.Int).Mod(i, gr.n).Sign() == 0 {
		return nil, ErrParameter
	}
	return i, nil
}

// pad writes i as Java's BigInteger.toByteArray does: with a leading zero byte
// where the first bit would otherwise read as a sign.
func pad(i *big.Int) []byte {
	b := i.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

func hashInt(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// secret is x, the salted hash of who signs in and with what.
func secret(pool, user, password string, salt *big.Int) *big.Int {
	inner := sha256.Sum256([]byte(pool + user + ":" + password))
	return hashInt(pad(salt), inner[:])
}

// sessionKey stretches the shared value S under the scrambler u.
func sessionKey(s, u *big.Int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, pad(s), pad(u), keyInfo, keySize)
	if err != nil {
		return nil, fmt.Errorf("srp: derive session key: %w", err)
	}
	return key, nil
}

// Proof is the claim a client signs with its session key: which pool and user,
// which challenge it answers, and when, in the form "Mon Jan 2 15:04:05 UTC 2006".
type Proof struct {
	Pool, User  string
	SecretBlock []byte
	Timestamp   string
}

// Sign returns the HMAC-SHA256 of p under the session key.
func (p Proof) Sign(key []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(p.Pool + p.User))
	m.Write(p.SecretBlock)
	m.Write([]byte(p.Timestamp))
	return m.Sum(nil)
}

func hexOf(i *big.Int) string { return hex.EncodeToString(i.Bytes()) }
