package cognitotest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/auth/cognitotest"
)

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path  string
		status      int // of a page, where there is no way back
		code, about string
	}{
		{name: "another client has no way back", path: authorizePath("client_id", "other"), status: 400, about: "not known"},
		{name: "another address is not returned to", path: authorizePath("redirect_uri", "http://evil.test/"), status: 400, about: "redirect_mismatch"},
		{name: "an address with more behind it is another", path: authorizePath("redirect_uri", callback+"/x"), status: 400, about: "redirect_mismatch"},
		{name: "an address without its port is another", path: authorizePath("redirect_uri", "http://localhost/callback"), status: 400, about: "redirect_mismatch"},
		{name: "no address is another", path: authorizePath("redirect_uri", ""), status: 400, about: "redirect_mismatch"},
		{name: "the implicit grant is off", path: authorizePath("response_type", "token"), code: "unauthorized_client", about: "code grant"},
		{name: "a challenge is required", path: authorizePath("code_challenge", ""), code: "invalid_request", about: "code_challenge"},
		{name: "a plain challenge is no challenge", path: authorizePath("code_challenge_method", "plain"), code: "invalid_request", about: "S256"},
		{name: "the method must be named", path: authorizePath("code_challenge_method", ""), code: "invalid_request", about: "S256"},
		{name: "other scopes are not granted", path: authorizePath("scope", "openid admin"), code: "invalid_scope", about: "admin"},
		{name: "other providers are not known", path: authorizePath("identity_provider", "Facebook"), code: "invalid_request", about: "Facebook"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, newPool(t))
			v := b.open(tt.path)
			if tt.status != 0 {
				if v.status != tt.status || v.out != nil || !strings.Contains(v.page, tt.about) {
					t.Errorf("answer = %d to %v, want %d, no redirect and a page about %q", v.status, v.out, tt.status, tt.about)
				}
				return
			}
			if v.out.Get("error") != tt.code || !strings.Contains(v.out.Get("error_description"), tt.about) || v.out.Get("state") != "s1" {
				t.Errorf("returned with %v, want error %s about %q and the state", v.out, tt.code, tt.about)
			}
		})
	}
}

func TestGoogleSignIn(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	v := b.google()
	if v.at.String() != callback || v.out.Get("state") != "s1" || v.out.Get("code") == "" {
		t.Fatalf("ended at %s with %v, want the callback with code and state", v.at, v.out)
	}
	tokens := b.redeem(v)
	if tokens["token_type"] != "Bearer" || tokens["expires_in"] != float64(3600) || tokens["refresh_token"] == nil {
		t.Errorf("tokens = %v", tokens)
	}
	access := tokens["access_token"].(string)
	id := tokens["id_token"].(string)
	a, c := claims(t, &access), claims(t, &id)
	u := p.server.Users()[0]
	if u.Status != "EXTERNAL_PROVIDER" || !strings.HasPrefix(u.Username, "Google_1") || len(u.Username) != len("Google_")+21 || u.Sub == u.Username {
		t.Errorf("user = %s %s %s, want Google_<21 digits> with a sub of its own", u.Username, u.Sub, u.Status)
	}
	if a["username"] != u.Username || a["sub"] != u.Sub || a["version"] != float64(2) || a["scope"] != "openid email profile aws.cognito.signin.user.admin" {
		t.Errorf("access token = %v", a)
	}
	if c["cognito:username"] != u.Username || c["email"] != email || c["email_verified"] != true || c["name"] != "Ada" {
		t.Errorf("identity token = %v", c)
	}
	identity := c["identities"].([]any)[0].(object)
	if identity["providerName"] != "Google" || "Google_"+identity["userId"].(string) != u.Username || identity["primary"] != "true" || identity["issuer"] != nil {
		t.Errorf("identities = %v", c["identities"])
	}
	if again := newBrowser(t, p).google(); again.out.Get("code") == "" || len(p.server.Users()) != 1 {
		t.Errorf("the second sign-in: %v and %d users, want a code and one user", again.out, len(p.server.Users()))
	}
}

func TestAppleSignIn(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	newBrowser(t, p).apple("hide_email", "true")
	u := p.server.Users()[0]
	subject, found := strings.CutPrefix(u.Username, "SignInWithApple_")
	if !found || strings.Count(subject, ".") != 2 {
		t.Errorf("user name = %s, want SignInWithApple_<subject with two points>", u.Username)
	}
	if !strings.HasSuffix(u.Attributes["email"], "@privaterelay.appleid.com") || u.Attributes["email_verified"] != "true" || u.Attributes["name"] != "Ada" {
		t.Errorf("attributes = %v, want a relay address, verified, and the name", u.Attributes)
	}
	newBrowser(t, p).apple("hide_email", "true", "name", "Someone Else")
	if got := p.server.Users()[0].Attributes["name"]; got != "Ada" {
		t.Errorf("name = %q after the second sign-in, want Ada: Apple sends it once", got)
	}
}

func TestProviderOverwritesAttributes(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	newBrowser(t, p).google()
	newBrowser(t, p).google("email_verified", "", "name", "Ada King")
	u := p.server.Users()[0]
	if u.Attributes["email_verified"] != "false" || u.Attributes["name"] != "Ada King" {
		t.Errorf("attributes = %v, want what Google said last", u.Attributes)
	}
}

func TestAccountPage(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	page := b.open(authorizePath("identity_provider", "Google"))
	v := b.submit(page, "email", "nonsense", "name", "Ada")
	if v.status != http.StatusBadRequest || !strings.Contains(v.page, "enter an e-mail address") {
		t.Errorf("a bad address: %d %s", v.status, v.page)
	}
	v = b.submit(page, "action", "cancel")
	if v.out.Get("error") != "access_denied" || v.out.Get("state") != "s1" {
		t.Errorf("cancelling returned %v, want access_denied", v.out)
	}
	v = b.submit(page, "email", email)
	if v.status != http.StatusBadRequest || v.out != nil {
		t.Errorf("a sign-in that is over: %d %v, want a page", v.status, v.out)
	}
	if v := b.open("/idp/facebook?state=x"); v.status != http.StatusNotFound {
		t.Errorf("another provider's page: %d, want 404", v.status)
	}
}

func TestStaleProviderAnswers(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	page := b.open(authorizePath("identity_provider", "Google"))
	state := page.at.Query().Get("state")
	if v := b.open("/oauth2/idpresponse?code=guess&state=" + state); v.out.Get("error") != "invalid_request" {
		t.Errorf("a guessed code returned %v, want invalid_request", v.out)
	}
	if v := b.open("/oauth2/idpresponse?code=guess&state=guess"); v.status != http.StatusBadRequest {
		t.Errorf("a guessed state: %d, want 400", v.status)
	}
	page = b.open(authorizePath("identity_provider", "Google"))
	p.clock.advance(10*time.Minute + time.Second)
	if v := b.submit(page, "email", email); v.status != http.StatusBadRequest {
		t.Errorf("a sign-in left open: %d, want 400", v.status)
	}
}

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

func TestLoginPage(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	b := newBrowser(t, p)
	page := b.open(authorizePath())
	if page.at.Path != "/login" {
		t.Fatalf("authorize without a provider ended at %s, want /login", page.at)
	}
	v := b.submit(page, "username", email, "password", "Wrong-Horse-99")
	if v.status != http.StatusUnauthorized || !strings.Contains(v.page, badLogin) {
		t.Errorf("a wrong password: %d %s", v.status, v.page)
	}
	v = b.submit(v, "username", email, "password", password)
	tokens := b.redeem(v)
	access := tokens["access_token"].(string)
	if got := claims(t, &access)["sub"]; got != sub {
		t.Errorf("signed in as %v, want %s", got, sub)
	}
	p.signUp(t, "bob@example.com")
	v = newBrowser(t, p).submit(page, "username", "bob@example.com", "password", password)
	if v.status != http.StatusUnauthorized || !strings.Contains(v.page, "UNCONFIRMED") {
		t.Errorf("an unconfirmed user: %d %s", v.status, v.page)
	}
}

func TestLoginPageAsksForTheApp(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	b := newBrowser(t, p)
	code := *appCode(t, secret, p.clock.now())
	asked := b.submit(b.open(authorizePath()), "username", email, "password", password)
	if asked.out != nil || !strings.Contains(asked.page, "authenticator app") {
		t.Fatalf("after the password: %v, want a page that asks for the code", asked.out)
	}
	v := b.submit(asked, "code", wrong(code))
	if v.status != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d, want 401", v.status)
	}
	if v := b.submit(asked, "code", code); v.status != http.StatusUnauthorized {
		t.Errorf("a second code for one password: %d, want 401", v.status)
	}
	asked = b.submit(b.open(authorizePath()), "username", email, "password", password)
	if v := b.submit(asked, "code", code); v.out.Get("code") == "" {
		t.Errorf("the right code: %d %v, want an authorization code", v.status, v.out)
	}
}

func TestLoginPageMigrates(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(nil))
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	b := newBrowser(t, p)
	if v := b.submit(b.open(authorizePath()), "username", email, "password", "old"); v.out.Get("code") == "" {
		t.Errorf("a legacy user's sign-in: %d %v, want a code", v.status, v.out)
	}
}

func TestSignedInBrowserIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	b.google()
	if v := b.open(authorizePath()); v.out.Get("code") == "" {
		t.Errorf("without a provider: %d, want a code at once", v.status)
	}
	if v := b.open(authorizePath("identity_provider", "Google")); v.out.Get("code") == "" {
		t.Errorf("with the same provider: %d, want a code at once", v.status)
	}
	if v := b.open(authorizePath("identity_provider", "SignInWithApple")); v.out != nil {
		t.Errorf("with another provider: %v, want its page", v.out)
	}
	for path, status := range map[string]int{
		"/logout?client_id=other&logout_uri=http://localhost:8787/":                 http.StatusBadRequest,
		"/logout?client_id=" + clientID + "&logout_uri=http://evil.test/":           http.StatusBadRequest,
		"/logout?client_id=" + clientID + "&logout_uri=http://localhost:8787/other": http.StatusBadRequest,
	} {
		if v := b.open(path); v.status != status || v.out != nil {
			t.Errorf("%s: %d, want %d and no redirect", path, v.status, status)
		}
	}
	if v := b.open(authorizePath()); v.out.Get("code") == "" {
		t.Error("a refused sign-out signed the browser out")
	}
	if v := b.open("/logout?client_id=" + clientID + "&logout_uri=http://localhost:8787/"); v.status != http.StatusFound || v.at.String() != "http://localhost:8787/" {
		t.Errorf("sign-out ended at %s with %d, want the registered address", v.at, v.status)
	}
	if v := b.open(authorizePath()); v.at.Path != "/login" {
		t.Errorf("after signing out: %s, want /login", v.at)
	}
}

func TestBrowserSessionEnds(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	b.google()
	p.clock.advance(time.Hour + time.Second)
	if v := b.open(authorizePath()); v.out != nil {
		t.Errorf("an hour later: %v, want the sign-in page", v.out)
	}
}

// The pages must work for someone who does not see them: every field has a label,
// every page a language and one heading.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	b := newBrowser(t, p)
	for name, v := range map[string]view{
		"sign-in": b.open(authorizePath()), "Google": b.open(authorizePath("identity_provider", "Google")),
		"Apple": b.open(authorizePath("identity_provider", "SignInWithApple")), "error": b.open(authorizePath("client_id", "other")),
	} {
		t.Run(name, func(t *testing.T) {
			labelled, fields, headings, language := map[string]bool{}, map[string]bool{}, 0, ""
			for _, e := range elements(v.page) {
				switch {
				case e.name == "html":
					language = e.attributes["lang"]
				case e.name == "h1":
					headings++
				case e.name == "label" && e.has("for"):
					labelled[e.attributes["for"]] = true
				case e.name == "input" && e.attributes["type"] != "hidden" && !e.inLabel:
					fields[e.attributes["id"]] = true
				}
			}
			for id := range fields {
				if !labelled[id] {
					t.Errorf("the field %q has no label", id)
				}
			}
			if language != "en" || headings != 1 {
				t.Errorf("language %q and %d headings, want en and 1", language, headings)
			}
		})
	}
}
