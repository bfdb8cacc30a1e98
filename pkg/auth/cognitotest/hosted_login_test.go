package cognitotest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/auth/cognitotest"
)

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

func TestLoginPageRefusals(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newPool(t))
	login := func(pairs ...string) string {
		return "/login" + strings.TrimPrefix(authorizePath(pairs...), "/oauth2/authorize")
	}
	if v := b.open(login("client_id", "other")); v.status != http.StatusBadRequest {
		t.Errorf("another client's page: %d, want 400", v.status)
	}
	if v := b.open(login("code_challenge", "")); v.out.Get("error") != "invalid_request" {
		t.Errorf("a page without a challenge returned %v, want invalid_request", v.out)
	}
	page := b.open(login())
	page.page = strings.Replace(page.page, "client_id="+clientID, "client_id=other", 1)
	if v := b.submit(page, "username", email, "password", password); v.status != http.StatusBadRequest || v.out != nil {
		t.Errorf("a form for another client: %d %v, want 400", v.status, v.out)
	}
}

func TestSignOutIntoANewSignIn(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newPool(t))
	b.google()
	v := b.open("/logout" + strings.TrimPrefix(authorizePath(), "/oauth2/authorize"))
	if v.at.Path != "/login" {
		t.Errorf("sign-out with a redirect_uri ended at %s, want /login", v.at)
	}
}

func TestDisabledBetweenPasswordAndApp(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	b := newBrowser(t, p)
	asked := b.submit(b.open(authorizePath()), "username", email, "password", password)
	p.disable(t, email)
	if v := b.submit(asked, "code", *appCode(t, secret, p.clock.now())); v.status != http.StatusUnauthorized || !strings.Contains(v.page, "User is disabled.") {
		t.Errorf("a disabled user's code: %d %v, want 401", v.status, v.out)
	}
}
