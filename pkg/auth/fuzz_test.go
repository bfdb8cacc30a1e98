package auth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

// FuzzVerify accepts nothing but the one token that the pool signed, to the last
// bit, and always says why in one of the package's own words.
func FuzzVerify(f *testing.F) {
	pool := frozen(f)
	v, good := pool.Verifier(f), pool.Token(f, authtest.Sub)
	header, payload, signature := parts(good)
	for _, seed := range []string{good, tamper(good), strayBits(good), good + "=", header + "." + payload + ".", header + ".." + signature, "." + payload + "." + signature} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := v.Verify(t.Context(), token)
		switch {
		case err == nil && token != good:
			t.Errorf("Verify(%q) = %+v, and the pool never signed it", token, got)
		case err != nil && token == good:
			t.Errorf("Verify of the good token = %v", err)
		case err != nil && !errors.Is(err, auth.TokenInvalid) && !errors.Is(err, auth.TokenMissing):
			t.Errorf("Verify(%q) = %v, want TokenInvalid or TokenMissing", token, err)
		}
	})
}

// FuzzClaims signs whatever the fuzzer writes as claims: nothing but an object
// with our pool, client, use, subject and time may make a Caller.
func FuzzClaims(f *testing.F) {
	pool := frozen(f)
	v := pool.Verifier(f)
	_, payload, _ := parts(pool.Token(f, authtest.Sub))
	f.Add(decode(f, payload))
	f.Fuzz(func(t *testing.T, payload string) {
		got, err := v.Verify(t.Context(), pool.Sign(t, pool.Header(), payload))
		if err != nil {
			return
		}
		var c map[string]any
		if err := json.Unmarshal([]byte(payload), &c); err != nil {
			t.Fatalf("claims %q were accepted, and are not an object", payload)
		}
		if c["iss"] != pool.Issuer || c["client_id"] != authtest.ClientID || c["token_use"] != "access" || c["sub"] != got.Sub {
			t.Errorf("claims %q made %+v", payload, got)
		}
		if exp, ok := c["exp"].(float64); !ok || int64(exp) != got.ExpiresAt.Unix() || int64(exp)+5 <= noon().Unix() {
			t.Errorf("claims %q were accepted until %s", payload, got.ExpiresAt)
		}
	})
}

// FuzzMembers compares the reader of objects with encoding/json: it must find
// the same members, and refuse only what that mends or merges.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `{"a":{"b":[1,2,{"c":"}"}]},"d":"\"]"}`,
		`{"\u0061":1,"a":2}`, `{"a":1}x`, `[1]`, `null`, ``, "{\"\xff\":1}", "{\"a\":\"\xff\"}", "\u00a0{}", `{"a" : [ ] , "b" : -1e9 }`, `{"\\":"\\\\"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := map[string]json.RawMessage{}
		err := auth.Members(data, func(name string, value []byte) error {
			got[name] = value
			return nil
		})
		var want map[string]json.RawMessage
		if json.Unmarshal(data, &want) != nil || want == nil || !utf8.Valid(data) {
			if err == nil {
				t.Errorf("members(%q) = nil, want an error", data)
			}
			return
		}
		if err != nil {
			mustRepeat(t, data, len(want))
			return
		}
		if len(got) != len(want) {
			t.Errorf("members(%q) found %d members, encoding/json %d", data, len(got), len(want))
		}
		for name, value := range want {
			if !bytes.Equal(got[name], value) {
				t.Errorf("members(%q)[%q] = %q, encoding/json has %q", data, name, got[name], value)
			}
		}
	})
}

// mustRepeat demands that the object in data, which was refused, has two members
// of one name or too many.
func mustRepeat(t *testing.T, data []byte, distinct int) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	_, _ = d.Token()
	members := 0
	for ; d.More(); members++ {
		var value json.RawMessage
		_, _ = d.Token()
		if err := d.Decode(&value); err != nil {
			t.Fatalf("members(%q) was refused, and encoding/json says %v", data, err)
		}
	}
	if members == distinct && members <= 100 {
		t.Errorf("members(%q) was refused, and has %d distinct members", data, members)
	}
}

// FuzzKeySet demands that whatever loads as a key set holds a key that could
// have been published: no text may crash the loader.
func FuzzKeySet(f *testing.F) {
	pool := frozen(f)
	f.Add([]byte(pool.JWKS()))
	f.Add([]byte(`{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"a","n":"AQ","e":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, set []byte) {
		v, err := withSet(set)
		if (v == nil) == (err == nil) {
			t.Errorf("New with %q = %v, %v", set, v, err)
		}
		if err != nil && !errors.Is(err, auth.ErrConfig) {
			t.Errorf("New with %q = %v, want ErrConfig", set, err)
		}
	})
}
