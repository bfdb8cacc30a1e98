package cognitotest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
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
