package cognitotest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	tests := []struct {
		name   string
		change []string
		late   bool
		want   string
	}{
		{name: "the right request", want: ""},
		{name: "another verifier", change: []string{"code_verifier", "another-verifier"}, want: "invalid_grant"},
		{name: "no verifier", change: []string{"code_verifier", ""}, want: "invalid_grant"},
		{name: "another address", change: []string{"redirect_uri", "http://localhost:8787/"}, want: "invalid_grant"},
		{name: "another code", change: []string{"code", "guess"}, want: "invalid_grant"},
		{name: "another client", change: []string{"client_id", "other"}, want: "invalid_client"},
		{name: "no grant type", change: []string{"grant_type", ""}, want: "invalid_request"},
		{name: "another grant type", change: []string{"grant_type", "client_credentials"}, want: "unsupported_grant_type"},
		{name: "a code of five minutes ago", late: true, want: "invalid_grant"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBrowser(t, p)
			v := b.google()
			if tt.late {
				p.clock.advance(5*time.Minute + time.Second)
			}
			in := append([]string{"grant_type", "authorization_code", "code", v.out.Get("code"), "redirect_uri", callback, "code_verifier", verifier}, tt.change...)
			status, out := b.token(in...)
			if tt.want == "" {
				if status != http.StatusOK || out["access_token"] == nil {
					t.Fatalf("token endpoint: %d %v, want tokens", status, out)
				}
				if status, out := b.token(in...); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
					t.Errorf("the code again: %d %v, want 400 invalid_grant", status, out)
				}
				return
			}
			if status != http.StatusBadRequest || out["error"] != tt.want || len(out) != 1 {
				t.Errorf("token endpoint: %d %v, want 400 and only %s", status, out, tt.want)
			}
		})
	}
}

func TestHostedRefreshRevokeAndUserInfo(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	tokens := b.redeem(b.google())
	refresh := tokens["refresh_token"].(string)
	status, next := b.token("grant_type", "refresh_token", "refresh_token", refresh)
	if status != http.StatusOK || next["id_token"] == nil || next["refresh_token"] != nil {
		t.Errorf("refresh: %d %v, want an access and identity token", status, next)
	}
	info := func(token string) (int, object) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/oauth2/userInfo", nil)
		ok(t, "NewRequest", err)
		req.Header.Set("Authorization", "Bearer "+token)
		v := b.do(req)
		return v.status, asObject(t, v.page)
	}
	access := next["access_token"].(string)
	if status, out := info(access); status != http.StatusOK || out["email"] != email || out["email_verified"] != "true" || out["username"] != p.server.Users()[0].Username {
		t.Errorf("userInfo: %d %v", status, out)
	}
	fromAPI, _, err := p.server.Issue(p.server.Users()[0].Sub)
	ok(t, "Issue", err)
	for what, token := range map[string]string{"a token without openid": fromAPI, "junk": "junk"} {
		if status, out := info(token); status != http.StatusUnauthorized || out["error"] != "invalid_token" {
			t.Errorf("userInfo with %s: %d %v, want 401 invalid_token", what, status, out)
		}
	}
	for _, tt := range []struct{ name, token, client, want string }{
		{"another client", refresh, "other", "invalid_client"},
		{"an access token", access, clientID, "unsupported_token_type"},
		{"junk", "junk", clientID, "invalid_request"},
	} {
		if status, out := b.form("/oauth2/revoke", "token", tt.token, "client_id", tt.client); status != http.StatusBadRequest || out["error"] != tt.want {
			t.Errorf("revoking %s: %d %v, want 400 %s", tt.name, status, out, tt.want)
		}
	}
	if status, _ := b.form("/oauth2/revoke", "token", refresh); status != http.StatusOK {
		t.Errorf("revoke: %d, want 200", status)
	}
	if status, out := b.token("grant_type", "refresh_token", "refresh_token", refresh); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("refresh after revoke: %d %v, want 400 invalid_grant", status, out)
	}
	if status, _ := info(access); status != http.StatusUnauthorized {
		t.Errorf("userInfo after revoke: %d, want 401", status)
	}
}

func TestScopesAndNonce(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	v := b.submit(b.open(authorizePath("identity_provider", "Google", "scope", "email")), "email", email)
	if out := b.redeem(v); out["id_token"] != nil {
		t.Errorf("without openid an identity token came: %v", out)
	}
	v = newBrowser(t, p).submit(newBrowser(t, p).open(authorizePath("identity_provider", "Google", "scope", "", "nonce", "n1")), "email", email)
	out := b.redeem(v)
	id := out["id_token"].(string)
	if got := claims(t, &id)["nonce"]; got != "n1" {
		t.Errorf("nonce = %v, want n1", got)
	}
}

func TestTokenEndpointPreflight(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newPool(t))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, b.p.url+"/oauth2/token", nil)
	ok(t, "NewRequest", err)
	req.Header.Set("Access-Control-Request-Headers", "content-type")
	res, err := b.client.Do(req)
	ok(t, "OPTIONS", err)
	res.Body.Close()
	h := res.Header
	if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Methods") != "GET, POST" || h.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("preflight of the token endpoint: %v", h)
	}
}

// A client may name itself by basic authentication instead of a form field.
func TestTokenEndpointBasicAuthentication(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newPool(t))
	for client, want := range map[string]string{clientID: "invalid_grant", "other": "invalid_client"} {
		form := strings.NewReader("grant_type=refresh_token&refresh_token=junk")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.p.url+"/oauth2/token", form)
		ok(t, "NewRequest", err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(client, "")
		if v := b.do(req); asObject(t, v.page)["error"] != want {
			t.Errorf("client %s: %s, want %s", client, v.page, want)
		}
	}
}

func TestDisabledUserDoesNotRedeem(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	v := b.google()
	p.disable(t, p.server.Users()[0].Username)
	status, out := b.token("grant_type", "authorization_code", "code", v.out.Get("code"), "redirect_uri", callback, "code_verifier", verifier)
	if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
		t.Errorf("a disabled user's code: %d %v, want 400 invalid_grant", status, out)
	}
	if v := b.open(authorizePath()); v.out != nil {
		t.Errorf("a disabled user's browser: %v, want the sign-in page", v.out)
	}
}
