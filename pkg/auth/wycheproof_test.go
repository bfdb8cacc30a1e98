package auth_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"testing"

	"github.com/c2sp/wycheproof"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

// vectors is the shape of Wycheproof's files on JSON web signatures and keys.
type vectors struct {
	TestGroups []struct {
		Type, Comment   string
		Public, Private json.RawMessage
		Tests           []struct {
			TcID    int
			Comment string
			JWS     json.RawMessage
			Result  string
		}
	}
}

func readVectors(t *testing.T, file string) vectors {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// compact returns a vector's token, or its JSON serialization as text.
func compact(jws json.RawMessage) string {
	var s string
	if json.Unmarshal(jws, &s) != nil {
		return string(jws)
	}
	return s
}

// withSet returns a verifier that was handed set alone, or why there is none.
func withSet(set json.RawMessage) (*auth.Verifier, error) {
	return auth.New(auth.Config{
		Issuer: auth.Issuer(authtest.PoolID), ClientIDs: []string{authtest.ClientID},
		KeySet: set, Client: &http.Client{Transport: authtest.Blocked{}},
	})
}

// accepted reports whether a verifier that was handed set accepts the signature.
func accepted(t *testing.T, set json.RawMessage, token string) bool {
	t.Helper()
	v, err := withSet(set)
	return err == nil && v.Signature(t.Context(), token) == nil
}

// TestWycheproofSignatures runs every vector of the corpus. The valid ones that
// Cognito could have made, RS256 by a published signing key, must be accepted;
// every other vector, valid under another algorithm or not at all, refused.
func TestWycheproofSignatures(t *testing.T) {
	t.Parallel()
	var good, bad int
	for _, g := range readVectors(t, "json_web_signature_test.json").TestGroups {
		key := g.Public
		if key == nil {
			key = g.Private
		}
		set, ours := publish(t, key)
		for _, tc := range g.Tests {
			want := ours && tc.Result == "valid"
			if got := accepted(t, set, compact(tc.JWS)); got != want {
				t.Errorf("tcId %d (%s, %s): accepted = %t, want %t", tc.TcID, g.Comment, tc.Comment, got, want)
			}
			if want {
				good++
			} else {
				bad++
			}
		}
	}
	if good != 8 || good+bad != 401 {
		t.Errorf("%d vectors to accept of %d, want 8 of 401: has the corpus changed?", good, good+bad)
	}
}

// publish returns a JWKS of one vector's key as a pool would publish it, and
// whether it is an RS256 signing key. Some vectors leave the use to the reader;
// none that names another use or other operations is made ours.
func publish(t *testing.T, key json.RawMessage) (set json.RawMessage, ours bool) {
	t.Helper()
	var k map[string]any
	if err := json.Unmarshal(key, &k); err != nil {
		t.Fatal(err)
	}
	ours = k["alg"] == "RS256"
	if ops, ok := k["key_ops"].([]any); ok {
		ours = ours && len(ops) == 1 && ops[0] == "verify"
	}
	if _, ok := k["use"]; !ok && ours {
		k["use"] = "sig"
	}
	return setOf(t, k), ours && k["use"] == "sig"
}

// TestWycheproofKeySets runs every vector of the corpus, each with the set as it
// is. Only one of them is a set that a pool could publish.
func TestWycheproofKeySets(t *testing.T) {
	t.Parallel()
	total := 0
	for _, g := range readVectors(t, "json_web_key_test.json").TestGroups {
		set := g.Public
		if set == nil {
			set = g.Private
		}
		for _, tc := range g.Tests {
			total++
			want := g.Comment == "rs256" && tc.Result == "valid"
			if got := accepted(t, set, compact(tc.JWS)); got != want {
				t.Errorf("tcId %d (%s, %s): accepted = %t, want %t", tc.TcID, g.Comment, tc.Comment, got, want)
			}
			if _, err := withSet(set); (err == nil) != want {
				t.Errorf("tcId %d (%s, %s): New = %v, want the set loaded: %t", tc.TcID, g.Comment, tc.Comment, err, want)
			}
		}
	}
	if total != 26 {
		t.Errorf("%d vectors, want 26: has the corpus changed?", total)
	}
}
