package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"callanalyst/pkg/auth/authtest"
)

// TestAlgorithm tries every way to be believed under another algorithm.
func TestAlgorithm(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	_, payload, _ := parts(pool.Token(t, authtest.Sub))
	claims, header := decode(t, payload), pool.Header()
	alg := func(value string) string { return strings.Replace(header, `"RS256"`, value, 1) }
	signed := func(header string) string { return pool.Sign(t, header, claims) }
	unsigned := func(header string) string { return authtest.Encode(header) + "." + payload + "." }

	rows := []row{
		{name: "alg missing", token: signed(strings.Replace(header, `,"alg":"RS256"`, "", 1)), why: "alg is not"},
		{name: "alg a number", token: signed(alg("256")), why: "header is not"},
		{name: "alg null", token: signed(alg("null")), why: "header is not"},
		{name: "alg empty", token: signed(alg(`""`)), why: "alg is not"},
		{name: "alg in lower case", token: signed(alg(`"rs256"`)), why: "alg is not"},
		{name: "alg twice, the good one last", token: signed(strings.Replace(header, "{", `{"alg":"none",`, 1)), why: "header is not"},
		{name: "alg twice, the good one first", token: signed(strings.Replace(header, "}", `,"alg":"none"}`, 1)), why: "header is not"},
		{name: "HS256 keyed with the public key as PEM", token: macked(t, alg(`"HS256"`), payload, publicPEM(t, pool.Public())), why: "alg is not"},
		{name: "HS256 keyed with the modulus", token: macked(t, alg(`"HS256"`), payload, pool.Public().N.Bytes()), why: "alg is not"},
		{name: "HS256 keyed with nothing", token: macked(t, alg(`"HS256"`), payload, nil), why: "alg is not"},
		{name: "ES256", token: ecSigned(t, alg(`"ES256"`), payload), why: "alg is not"},
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE"} {
		rows = append(rows,
			row{name: none + " without a signature", token: unsigned(alg(`"` + none + `"`)), why: "alg is not"},
			row{name: none + " with the pool's signature", token: signed(alg(`"` + none + `"`)), why: "alg is not"})
	}
	for _, other := range []jwt.SigningMethod{
		jwt.SigningMethodRS384, jwt.SigningMethodRS512,
		jwt.SigningMethodPS256, jwt.SigningMethodPS384, jwt.SigningMethodPS512,
	} {
		header := alg(`"` + other.Alg() + `"`)
		rows = append(rows, row{name: other.Alg() + " by the pool's own key", token: pool.SignWith(t, other, header, claims), why: "alg is not"})
	}
	refused(t, pool, rows)
}

// TestHeaderKeyID tries every way to name a key.
func TestHeaderKeyID(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	_, payload, _ := parts(pool.Token(t, authtest.Sub))
	claims := decode(t, payload)
	kid := func(value string) string {
		return pool.Sign(t, fmt.Sprintf(`{"kid":%s,"alg":"RS256"}`, value), claims)
	}
	refused(t, pool, []row{
		{name: "kid missing", token: pool.Sign(t, `{"alg":"RS256"}`, claims), why: "kid is missing"},
		{name: "kid empty", token: kid(`""`), why: "kid is missing"},
		{name: "kid a number", token: kid("7"), why: "header is not"},
		{name: "kid null", token: kid("null"), why: "header is not"},
		{name: "kid an array with the key's id", token: kid("[" + quotedKeyID(pool.Header()) + "]"), why: "header is not"},
		{name: "kid unknown", token: kid(`"unknown"`), why: "kid is not a key"},
		{name: "kid like a path", token: kid(`"../../etc/passwd"`), why: "kid is not a key"},
		{name: "kid like a query", token: kid(`"x' OR '1'='1"`), why: "kid is not a key"},
		{name: "kid like an address", token: kid(`"https://example.com/key"`), why: "kid is not a key"},
		{name: "kid of the key with a space", token: kid(strings.Replace(quotedKeyID(pool.Header()), `=`, `= `, 1)), why: "kid is not a key"},
		{name: "kid of 101 characters", token: kid(`"` + strings.Repeat("k", 101) + `"`), why: "kid is missing or malformed"},
		{name: "kid of ten kilobytes", token: kid(`"` + strings.Repeat("k", 10<<10) + `"`), why: "longer than"},
	})
}

// TestHeaderMembers tries members that change the reading, or bring a key.
func TestHeaderMembers(t *testing.T) {
	t.Parallel()
	pool, thief := frozen(t), frozen(t)
	_, payload, _ := parts(pool.Token(t, authtest.Sub))
	claims := decode(t, payload)
	with := func(member string) string { return strings.Replace(pool.Header(), "{", "{"+member+",", 1) }
	refused(t, pool, []row{
		{name: "crit", token: pool.Sign(t, with(`"crit":["exp"]`), claims), why: "header is not"},
		{name: "zip", token: pool.Sign(t, with(`"zip":"DEF"`), claims), why: "header is not"},
		{name: "unencoded payload", token: pool.Sign(t, with(`"b64":false`), claims), why: "header is not"},
		{name: "more members than anybody needs", token: pool.Sign(t, with(strings.TrimPrefix(manyMembers(99), ",")), claims), why: "header is not"},
		{name: "another's key under our kid", token: thief.Sign(t, pool.Header(), claims), why: "signature does not match"},
		{name: "another's key brought as jwk", token: thief.Sign(t, with(`"jwk":`+firstKey(t, thief)), claims), why: "signature does not match"},
		{name: "another's key brought as jku", token: thief.Sign(t, with(`"jku":"https://thief.example/jwks.json"`), claims), why: "signature does not match"},
		{name: "another's key brought as x5u", token: thief.Sign(t, with(`"x5u":"https://thief.example/cert"`), claims), why: "signature does not match"},
		{name: "another's key brought as x5c", token: thief.Sign(t, with(`"x5c":["MIIB"]`), claims), why: "signature does not match"},
		{name: "one character of the signature changed", token: tamper(pool.Token(t, authtest.Sub)), why: "signature does not match"},
		{name: "tampered claims are not even read", token: tamper(pool.Sign(t, pool.Header(), `{"sub":1,"sub":2}`)), why: "signature does not match"},
	})
	for _, member := range []string{`"jwk":` + firstKey(t, thief), `"jku":"https://thief.example/jwks.json"`, `"x5u":"https://thief.example/cert"`, `"x5c":["MIIB"]`} {
		if _, err := pool.Verifier(t).Verify(t.Context(), pool.Sign(t, with(member), claims)); err != nil {
			t.Errorf("the pool's own token with %.20s in its header = %v, want it ignored", member, err)
		}
	}
}

func firstKey(tb testing.TB, pool *authtest.Pool) string {
	tb.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(pool.JWKS(), &set); err != nil {
		tb.Fatal(err)
	}
	return string(set.Keys[0])
}

func quotedKeyID(header string) string {
	rest := strings.TrimPrefix(header, `{"kid":`)
	return rest[:strings.IndexByte(rest, ',')]
}

func macked(tb testing.TB, header, payload string, key []byte) string {
	tb.Helper()
	text := authtest.Encode(header) + "." + payload
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + authtest.Encode(string(mac.Sum(nil)))
}

func publicPEM(tb testing.TB, key *rsa.PublicKey) []byte {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func ecSigned(tb testing.TB, header, payload string) string {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	text := authtest.Encode(header) + "." + payload
	signature, err := (&jwt.SigningMethodECDSA{Name: "ES256", Hash: crypto.SHA256, KeySize: 32, CurveBits: 256}).Sign(text, key)
	if err != nil {
		tb.Fatal(err)
	}
	return text + "." + authtest.Encode(string(signature))
}
