package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

type m = map[string]any

// TestVerify holds what a Caller is made of.
func TestVerify(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	got, err := pool.Verifier(t).Verify(t.Context(), pool.Token(t, authtest.Sub, m{"username": "Google_1084", "cognito:groups": []string{"a"}}))
	if err != nil {
		t.Fatalf("Verify of a good token: %v", err)
	}
	want := auth.Caller{
		Sub: authtest.Sub, Username: "Google_1084", ClientID: authtest.ClientID, Scope: "aws.cognito.signin.user.admin",
		TokenID: "8d2c4e6f-0000-4000-8000-000000000002", OriginID: "5f3a9b1c-0000-4000-8000-000000000001",
		AuthTime: noon(), IssuedAt: noon(), ExpiresAt: noon().Add(time.Hour),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Verify of a good token: want -, got +:\n%s", d)
	}
}

// TestClaimsRefused holds every wrong claim against the reason for refusing it.
func TestClaimsRefused(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	token := func(with m) string { return pool.Token(t, authtest.Sub, with) }
	now := noon().Unix()
	refused(t, pool, []row{
		{name: "iss of another pool", token: token(m{"iss": auth.Issuer("us-east-2_Other0001")}), why: "iss is not"},
		{name: "iss of another region", token: token(m{"iss": "https://cognito-idp.us-east-1.amazonaws.com/" + authtest.PoolID}), why: "iss is not"},
		{name: "iss with a slash at its end", token: token(m{"iss": pool.Issuer + "/"}), why: "iss is not"},
		{name: "iss in upper case", token: token(m{"iss": "HTTPS" + pool.Issuer[5:]}), why: "iss is not"},
		{name: "iss that ours begins with", token: token(m{"iss": pool.Issuer[:len(pool.Issuer)-1]}), why: "iss is not"},
		{name: "iss missing", token: token(m{"iss": nil}), why: "exp or iss is missing"},
		{name: "iss a list", token: token(m{"iss": []string{pool.Issuer}}), why: "claims are malformed"},

		{name: "an ID token", token: token(m{"token_use": "id", "aud": authtest.ClientID, "client_id": nil}), why: "token_use is not"},
		{name: "an ID token for several", token: token(m{"token_use": "id", "aud": []string{authtest.ClientID}, "client_id": nil}), why: "token_use is not"},
		{name: "an ID token that claims our client", token: token(m{"token_use": "id"}), why: "token_use is not"},
		{name: "token_use missing", token: token(m{"token_use": nil}), why: "token_use is not"},
		{name: "token_use in capitals", token: token(m{"token_use": "Access"}), why: "token_use is not"},
		{name: "token_use a list", token: token(m{"token_use": []string{"access"}}), why: "claims are malformed"},

		{name: "another client", token: token(m{"client_id": "6abcdefghijklmnopqrstuvwxy"}), why: "client_id is not"},
		{name: "client missing", token: token(m{"client_id": nil}), why: "client_id is not"},
		{name: "client empty", token: token(m{"client_id": ""}), why: "client_id is not"},
		{name: "our client as aud alone", token: token(m{"client_id": nil, "aud": authtest.ClientID}), why: "client_id is not"},
		{name: "client a list with ours", token: token(m{"client_id": []string{authtest.ClientID}}), why: "claims are malformed"},

		{name: "sub missing", token: token(m{"sub": nil}), why: "sub is not"},
		{name: "sub empty", token: token(m{"sub": ""}), why: "sub is not"},
		{name: "sub null", token: pool.Sign(t, pool.Header(), fmt.Sprintf(`{"sub":null,"exp":%d}`, now+60)), why: "claims are malformed"},
		{name: "sub a number", token: token(m{"sub": 7}), why: "claims are malformed"},
		{name: "sub an e-mail", token: token(m{"sub": "ada@example.com"}), why: "sub is not"},
		{name: "sub shaped like a row of ours", token: token(m{"sub": "PENDING#e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f"}), why: "sub is not"},
		{name: "sub with a letter that is no digit", token: token(m{"sub": "ge1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b"}), why: "sub is not"},
		{name: "sub with a dash out of place", token: token(m{"sub": "0e1f2a3b4-c5d-4e6f-8a7b-9c0d1e2f3a4b"}), why: "sub is not"},
		{name: "sub one character too long", token: token(m{"sub": authtest.Sub + "0"}), why: "sub is not"},

		{name: "exp missing", token: token(m{"exp": nil}), why: "exp or iss is missing"},
		{name: "exp null", token: pool.Sign(t, pool.Header(), `{"exp":null}`), why: "claims are malformed"},
		{name: "exp past", token: token(m{"exp": now - 60}), want: auth.TokenExpired, why: "exp has passed"},
		{name: "exp just past the leeway", token: token(m{"exp": now - 5}), want: auth.TokenExpired, why: "exp has passed"},
		{name: "exp of 1970", token: token(m{"exp": 0}), want: auth.TokenExpired, why: "exp has passed"},
		{name: "exp a fraction", token: token(m{"exp": float64(now) + 60.5}), why: "claims are malformed"},
		{name: "exp with an exponent", token: token(m{"exp": json.RawMessage("1e10")}), why: "claims are malformed"},
		{name: "exp text", token: token(m{"exp": fmt.Sprint(now + 60)}), why: "claims are malformed"},
		{name: "exp negative", token: token(m{"exp": -1}), why: "claims are malformed"},
		{name: "exp far beyond time", token: token(m{"exp": 1e300}), why: "claims are malformed"},
		{name: "exp beyond the year 9999", token: token(m{"exp": 253402300800}), why: "claims are malformed"},
		{name: "exp beyond 64 bits", token: token(m{"exp": json.RawMessage("99999999999999999999")}), why: "claims are malformed"},
		{name: "exp a list", token: token(m{"exp": []int64{now + 60}}), why: "claims are malformed"},
		{name: "exp true", token: token(m{"exp": true}), why: "claims are malformed"},

		{name: "nbf future", token: token(m{"nbf": now + 6}), why: "in the future"},
		{name: "nbf text", token: token(m{"nbf": "0"}), why: "claims are malformed"},
		{name: "iat future", token: token(m{"iat": now + 6}), why: "in the future"},
		{name: "auth_time text", token: token(m{"auth_time": "yesterday"}), why: "claims are malformed"},
		{name: "username a number", token: token(m{"username": 7}), why: "claims are malformed"},

		{name: "expired and of another client", token: token(m{"exp": now - 60, "client_id": "other"}), why: "client_id is not"},
		{name: "expired and of another pool", token: token(m{"exp": now - 60, "iss": "https://example.com"}), why: "iss is not"},
		{name: "expired ID token", token: token(m{"exp": now - 60, "token_use": "id"}), why: "token_use is not"},
		{name: "expired and tampered with", token: tamper(token(m{"exp": now - 60})), why: "signature does not match"},
	})
}

// TestClaimsAccepted holds the edges that are still good.
func TestClaimsAccepted(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v := pool.Verifier(t)
	now := noon().Unix()
	tests := []struct {
		name string
		with m
	}{
		{name: "exp in a second", with: m{"exp": now + 1}},
		{name: "exp now", with: m{"exp": now}},
		{name: "exp past, within the leeway", with: m{"exp": now - 4}},
		{name: "exp at the end of the year 9999", with: m{"exp": 253402300799}},
		{name: "nbf future, within the leeway", with: m{"nbf": now + 5}},
		{name: "iat future, within the leeway", with: m{"iat": now + 5}},
		{name: "iat missing", with: m{"iat": nil}},
		{name: "auth_time missing", with: m{"auth_time": nil}},
		{name: "scope missing", with: m{"scope": nil}},
		{name: "aud of somebody else, which access tokens do not have", with: m{"aud": "other"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub, tt.with))
			if err != nil || got.Sub != authtest.Sub {
				t.Errorf("Verify(token with %v) = %+v, %v, want sub %s", tt.with, got, err, authtest.Sub)
			}
			if got.ExpiresAt.IsZero() {
				t.Errorf("Verify(token with %v) has no ExpiresAt", tt.with)
			}
		})
	}
}

// TestClients accepts each configured client and no other.
func TestClients(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	c := pool.Config()
	c.ClientIDs = []string{"web", "mobile"}
	v, err := auth.New(c)
	if err != nil {
		t.Fatal(err)
	}
	c.ClientIDs[0] = "changed after New"
	for client, want := range map[string]error{"web": nil, "mobile": nil, authtest.ClientID: auth.TokenInvalid, "changed after New": auth.TokenInvalid} {
		got, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub, m{"client_id": client}))
		if !errors.Is(err, want) {
			t.Errorf("Verify(token of client %q) = %v, want %v", client, err, want)
		}
		if err == nil && got.ClientID != client {
			t.Errorf("Verify(token of client %q) names client %q", client, got.ClientID)
		}
	}
}
