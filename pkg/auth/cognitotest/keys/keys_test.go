package keys_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"callanalyst/pkg/auth/cognitotest/keys"
)

// shared is generated once; a pair takes long.
var shared = sync.OnceValues(keys.Generate)

func set(t *testing.T) keys.Set {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("Generate: %v", err)
	}
	return s
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	s := set(t)
	if s.IDToken.ID == s.AccessToken.ID {
		t.Errorf("both keys have the id %q", s.IDToken.ID)
	}
	for _, k := range []keys.Key{s.IDToken, s.AccessToken} {
		if raw, err := base64.StdEncoding.DecodeString(k.ID); err != nil || len(raw) != 32 {
			t.Errorf("key id %q is %d bytes (%v), want 32 in base64", k.ID, len(raw), err)
		}
		if n := k.Private.N.BitLen(); n != 2048 {
			t.Errorf("key has %d bits, want 2048", n)
		}
	}
}

// published decodes the key set into public keys by id.
func published(t *testing.T, s keys.Set) map[string]*rsa.PublicKey {
	t.Helper()
	doc, err := s.JWKS()
	if err != nil {
		t.Fatalf("JWKS: %v", err)
	}
	var out struct{ Keys []map[string]string }
	if err := json.Unmarshal(doc, &out); err != nil {
		t.Fatalf("JWKS is not JSON: %v", err)
	}
	found := map[string]*rsa.PublicKey{}
	for _, k := range out.Keys {
		if k["kty"] != "RSA" || k["alg"] != "RS256" || k["use"] != "sig" {
			t.Errorf("key %s: kty, alg, use = %q %q %q, want RSA RS256 sig", k["kid"], k["kty"], k["alg"], k["use"])
		}
		n, errN := base64.RawURLEncoding.DecodeString(k["n"])
		e, errE := base64.RawURLEncoding.DecodeString(k["e"])
		if errN != nil || errE != nil {
			t.Fatalf("key %s: n or e is not base64url: %v %v", k["kid"], errN, errE)
		}
		found[k["kid"]] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return found
}

func TestJWKSVerifiesWhatKeysSign(t *testing.T) {
	t.Parallel()
	s := set(t)
	public := published(t, s)
	if len(public) != 2 {
		t.Fatalf("JWKS holds %d keys, want 2", len(public))
	}
	for _, k := range []keys.Key{s.IDToken, s.AccessToken} {
		token, err := k.Sign(map[string]any{"sub": "ada"})
		if err != nil {
			t.Fatalf("Sign: %v", err)
		}
		parsed, err := jwt.Parse(token, func(t *jwt.Token) (any, error) { return public[t.Header["kid"].(string)], nil })
		if err != nil || !parsed.Valid {
			t.Errorf("token of key %s does not verify by the key set: %v", k.ID, err)
		}
	}
}

func TestSignHeader(t *testing.T) {
	t.Parallel()
	k := set(t).AccessToken
	token, err := k.Sign(map[string]any{"sub": "ada"})
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got["alg"] != "RS256" || got["kid"] != k.ID {
		t.Errorf("header = %v, want only alg RS256 and kid %s", got, k.ID)
	}
}

func TestSignRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	if _, err := set(t).IDToken.Sign(map[string]any{"bad": make(chan int)}); err == nil {
		t.Error("Sign of a channel: no error")
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s := set(t)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	var back keys.Set
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
	if !back.IDToken.Private.Equal(s.IDToken.Private) || !back.AccessToken.Private.Equal(s.AccessToken.Private) {
		t.Error("the keys changed in a round trip")
	}
	if back.IDToken.ID != s.IDToken.ID || back.AccessToken.ID != s.AccessToken.ID {
		t.Error("the key ids changed in a round trip")
	}
}

func TestUnmarshalBroken(t *testing.T) {
	t.Parallel()
	whole, err := json.Marshal(set(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       error
	}{
		{name: "a list is refused", text: `[]`},
		{name: "an empty object is refused", text: `{}`, want: keys.ErrKey},
		{name: "text that is not PEM is refused", text: `{"id":"x","access":"y"}`, want: keys.ErrKey},
		{name: "PEM of something else is refused", text: `{"id":"-----BEGIN X-----\naGk=\n-----END X-----\n"}`, want: keys.ErrKey},
		{name: "a missing access key is refused", text: strings.Replace(string(whole), `"access"`, `"other"`, 1), want: keys.ErrKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s keys.Set
			err := json.Unmarshal([]byte(tt.text), &s)
			if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Errorf("Unmarshal(%.30s) error = %v, want %v", tt.text, err, tt.want)
			}
			if s.IDToken.Private != nil {
				t.Errorf("Unmarshal(%.30s) set a key", tt.text)
			}
		})
	}
}
