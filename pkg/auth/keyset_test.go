package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/MicahParks/jwkset"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

// keyOf returns the pool's key as a JSON object to change.
func keyOf(tb testing.TB, pool *authtest.Pool) map[string]any {
	tb.Helper()
	var key map[string]any
	if err := json.Unmarshal([]byte(firstKey(tb, pool)), &key); err != nil {
		tb.Fatal(err)
	}
	return key
}

// setOf returns a JWKS of keys.
func setOf(tb testing.TB, keys ...map[string]any) json.RawMessage {
	tb.Helper()
	set, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// changed returns a copy of key with members replaced; nil takes one out.
func changed(key, with map[string]any) map[string]any {
	c := maps.Clone(key)
	maps.Copy(c, with)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// TestKeySetRefused holds every bad key set against being loaded, alone and, if
// it is a sign of a false set, beside a good key.
func TestKeySetRefused(t *testing.T) {
	t.Parallel()
	pool, other := frozen(t), frozen(t)
	good, second := keyOf(t, pool), keyOf(t, other)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	shortN := authtest.Encode(string(short.N.Bytes()))
	evenN := authtest.Encode(string(pool.Public().N.SetBit(pool.Public().N, 0, 0).Bytes()))
	tests := []struct {
		name  string
		set   json.RawMessage
		why   string
		alone bool // the key is only left out: beside a good one the set is fine
	}{
		{name: "empty text", set: json.RawMessage(" "), why: "not a JWKS"},
		{name: "HTML", set: json.RawMessage("<!doctype html><title>503</title>"), why: "not a JWKS"},
		{name: "a JSON list", set: json.RawMessage("[]"), why: "not a JWKS"},
		{name: "an object without keys", set: json.RawMessage("{}"), why: "no RS256 signing key"},
		{name: "no keys", set: setOf(t), why: "no RS256 signing key"},
		{name: "null", set: json.RawMessage("null"), why: "no RS256 signing key"},

		{name: "an EC key", set: setOf(t, map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "alg": "ES256", "use": "sig", "kid": "ec"}), why: "no RS256 signing key", alone: true},
		{name: "an RSA key for RS512", set: setOf(t, changed(second, m{"alg": "RS512"})), why: "no RS256 signing key", alone: true},
		{name: "an RSA key for any algorithm", set: setOf(t, changed(second, m{"alg": nil})), why: "no RS256 signing key", alone: true},
		{name: "an RSA key for encryption", set: setOf(t, changed(second, m{"use": "enc"})), why: "no RS256 signing key", alone: true},
		{name: "an RSA key for any use", set: setOf(t, changed(second, m{"use": nil})), why: "no RS256 signing key", alone: true},

		{name: "an EC key that claims RS256", set: setOf(t, map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "alg": "RS256", "use": "sig", "kid": "ec"}), why: "kty is not RSA"},
		{name: "a key of no kind", set: setOf(t, changed(second, m{"kty": nil})), why: "kty is not RSA"},
		{name: "a kid twice", set: setOf(t, second, second), why: "kid is not unique"},
		{name: "a kid twice, of different keys", set: setOf(t, second, changed(good, m{"kid": second["kid"]})), why: "kid is not unique"},
		{name: "a kid twice, of different kinds", set: setOf(t, second, m{"kty": "EC", "kid": second["kid"]}), why: "kid is not unique"},
		{name: "no kid", set: setOf(t, changed(second, m{"kid": nil})), why: "kid is missing"},
		{name: "a kid of 101 characters", set: setOf(t, changed(second, m{"kid": strings.Repeat("k", 101)})), why: "kid is missing or too long"},
		{name: "a modulus of 1024 bits", set: setOf(t, changed(second, m{"n": shortN})), why: "2048"},
		{name: "an even modulus", set: setOf(t, changed(second, m{"n": evenN})), why: "modulus is even"},
		{name: "a modulus that is not base64url", set: setOf(t, changed(second, m{"n": "+/="})), why: "malformed"},
		{name: "no modulus", set: setOf(t, changed(second, m{"n": nil})), why: "malformed"},
		{name: "exponent 1", set: setOf(t, changed(second, m{"e": "AQ"})), why: "malformed"},
		{name: "exponent 0", set: setOf(t, changed(second, m{"e": "AA"})), why: "malformed"},
		{name: "exponent 3", set: setOf(t, changed(second, m{"e": "Aw"})), why: "exponent"},
		{name: "an even exponent", set: setOf(t, changed(second, m{"e": "AQAC"})), why: "exponent"},
		{name: "an exponent of 40 bits", set: setOf(t, changed(second, m{"e": "AQAAAAE"})), why: "malformed"},
		{name: "an exponent beyond 64 bits", set: setOf(t, changed(second, m{"e": "AQAAAAAAAAABAAE"})), why: "malformed"},
		{name: "a key pair with its private part", set: setOf(t, changed(second, m{"d": "AQAB"})), why: "not public"},
		{name: "a symmetric key", set: setOf(t, m{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "use": "sig", "kid": "mac"}), why: "not public"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := pool.Config()
			c.KeySet = tt.set
			if _, err := auth.New(c); !errors.Is(err, auth.ErrConfig) || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("New with %s = %v, want ErrConfig with %q", tt.set, err, tt.why)
			}
			beside := besideGood(tt.set, good)
			if beside == nil {
				return
			}
			c.KeySet = beside
			if _, err := auth.New(c); (err == nil) != tt.alone {
				t.Errorf("New with %s beside a good key = %v, want it loaded: %t", tt.set, err, tt.alone)
			}
		})
	}
}

// besideGood returns set with the good key in front, or nil if set has no keys.
func besideGood(set json.RawMessage, good map[string]any) json.RawMessage {
	var keys struct{ Keys []any }
	if json.Unmarshal(set, &keys) != nil || len(keys.Keys) == 0 {
		return nil
	}
	keys.Keys = append([]any{good}, keys.Keys...)
	set, _ = json.Marshal(keys)
	return set
}

// TestForeignKeyNeverVerifies signs with a key that a good set leaves out.
func TestForeignKeyNeverVerifies(t *testing.T) {
	t.Parallel()
	pool, other := frozen(t), frozen(t)
	for _, with := range []m{{"alg": "RS512"}, {"alg": nil}, {"use": "enc"}, {"use": nil}} {
		c := pool.Config()
		c.KeySet = setOf(t, keyOf(t, pool), changed(keyOf(t, other), with))
		v, err := auth.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(t.Context(), other.Token(t, authtest.Sub)); !errors.Is(err, auth.TokenInvalid) {
			t.Errorf("Verify of a token by a key with %v = %v, want TokenInvalid", with, err)
		}
		if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
			t.Errorf("Verify of a good token beside a key with %v: %v", with, err)
		}
	}
}

// TestKeySetTakesManyMembers loads a set as it may look one day: certificates,
// unknown members and a second key.
func TestKeySetTakesManyMembers(t *testing.T) {
	t.Parallel()
	pool, next := frozen(t), frozen(t)
	c := pool.Config()
	c.KeySet = setOf(t,
		changed(keyOf(t, pool), m{"x5u": "https://example.com/cert", "key_ops": []string{"verify"}, "new": 1}),
		keyOf(t, next),
		m{"kty": string(jwkset.KtyOKP), "crv": "Ed448", "x": "AA", "kid": "later"})
	v, err := auth.New(c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	for _, p := range []*authtest.Pool{pool, next} {
		if _, err := v.Verify(t.Context(), p.Token(t, authtest.Sub)); err != nil {
			t.Errorf("Verify: %v", err)
		}
	}
}
