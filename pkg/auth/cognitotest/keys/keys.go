// Package keys holds a user pool's two signing keys: one for identity tokens and
// one for access tokens, each with its own key id, as Cognito publishes them.
package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// bits is the size of the pool's RSA keys, as Cognito's.
const bits = 2048

// ErrKey reports text that is not a PEM-encoded RSA private key.
var ErrKey = errors.New("keys: not an RSA private key in PEM form")

// Key signs tokens of one kind. Its id is derived from the key itself.
type Key struct {
	ID      string
	Private *rsa.PrivateKey
}

// Set is a pool's pair of keys. Generating one takes a good part of a second, so
// tests make one and share it; it is safe for concurrent use.
type Set struct{ IDToken, AccessToken Key }

// Generate draws a new pair of 2048-bit keys from the system's randomness.
func Generate() (Set, error) {
	id, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return Set{}, fmt.Errorf("keys: generate the identity key: %w", err)
	}
	access, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return Set{}, fmt.Errorf("keys: generate the access key: %w", err)
	}
	return Set{IDToken: newKey(id), AccessToken: newKey(access)}, nil
}

func newKey(private *rsa.PrivateKey) Key {
	sum := sha256.Sum256(private.N.Bytes())
	return Key{ID: base64.StdEncoding.EncodeToString(sum[:]), Private: private}
}

// Sign returns claims as a compact RS256 token that names the key.
func (k Key) Sign(claims map[string]any) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	t.Header = map[string]any{"kid": k.ID, "alg": "RS256"}
	signed, err := t.SignedString(k.Private)
	if err != nil {
		return "", fmt.Errorf("keys: sign a token: %w", err)
	}
	return signed, nil
}

// jwk is a public key as RFC 7517 writes it.
type jwk struct {
	Alg string `json:"alg"`
	E   string `json:"e"`
	ID  string `json:"kid"`
	Kty string `json:"kty"`
	N   string `json:"n"`
	Use string `json:"use"`
}

func (k Key) public() jwk {
	enc := base64.RawURLEncoding
	return jwk{
		Alg: "RS256", ID: k.ID, Kty: "RSA", Use: "sig",
		E: enc.EncodeToString(big.NewInt(int64(k.Private.E)).Bytes()),
		N: enc.EncodeToString(k.Private.N.Bytes()),
	}
}

// JWKS is the pool's public key set: the document at /.well-known/jwks.json.
func (s Set) JWKS() ([]byte, error) {
	doc, err := json.Marshal(map[string][]jwk{"keys": {s.IDToken.public(), s.AccessToken.public()}})
	if err != nil {
		return nil, fmt.Errorf("keys: encode the key set: %w", err)
	}
	return doc, nil
}

// stored is the form of a Set in a snapshot.
type stored struct {
	ID     string `json:"id"`
	Access string `json:"access"`
}

// MarshalJSON writes both private keys in PEM form. The result is a secret.
func (s Set) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{ID: s.IDToken.pem(), Access: s.AccessToken.pem()})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Set) UnmarshalJSON(b []byte) error {
	var in stored
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("keys: decode the stored keys: %w", err)
	}
	id, err := parse(in.ID)
	if err != nil {
		return err
	}
	access, err := parse(in.Access)
	if err != nil {
		return err
	}
	*s = Set{IDToken: id, AccessToken: access}
	return nil
}

func (k Key) pem() string {
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.Private)}
	return string(pem.EncodeToMemory(block))
}

func parse(text string) (Key, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return Key{}, ErrKey
	}
	private, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return newKey(private), nil
}
