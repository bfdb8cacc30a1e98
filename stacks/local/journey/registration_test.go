package journey_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestRegistrationAndLogin is the first whole journey: a person registers, signs
// in in every way there is, loses the password, and leaves every device.
func TestRegistrationAndLogin(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	const email = "Dana.Reyes@example.com"

	p := l.register(s, b, email)
	var srp, plain, fresh tokens
	s.must("sign in by SRP", b, "signIn", ask{"who": email, "password": password}, &srp)
	s.check("aws-jwt-verify accepts its tokens", func() error { return judge(b, p, srp) })
	s.must("sign in by password", b, "signIn", ask{"who": email, "password": password, "flow": "USER_PASSWORD_AUTH"}, &plain)
	s.check("aws-jwt-verify accepts its tokens", func() error { return judge(b, p, plain) })
	s.refused("sign in with a wrong password", b, "signIn", ask{"who": email, "password": password + "x"}, "NotAuthorizedException", "Incorrect username or password.")
	s.refused("sign in as nobody", b, "signIn", ask{"who": "nobody@example.com", "password": password}, "NotAuthorizedException", "Incorrect username or password.")
	s.must("sign in again", b, "signIn", ask{"who": email, "password": password}, &srp)
	s.check("read the profile", func() error { return l.readsProfile(p, srp.Access) })
	s.check("the identity token opens nothing", func() error { return refusedBy(l.profile(srp.ID), 401, "TOKEN_INVALID") })

	s.do("enrol an authenticator app", func() { l.enrol(b, &p) })
	s.check("a password alone is not enough now", func() error {
		var asked tokens
		err := b.try("signIn", ask{"who": email, "password": password}, &asked)
		if err != nil || asked.Challenge != "SOFTWARE_TOKEN_MFA" {
			return fmt.Errorf("the pool asked for %q, %w, want SOFTWARE_TOKEN_MFA", asked.Challenge, err)
		}
		return nil
	})
	s.refused("sign in with a wrong TOTP code", b, "signIn", ask{"who": email, "password": password, "totp": "000000"}, "CodeMismatchException", "Invalid code received for user")
	s.must("sign in by SRP and TOTP", b, "signIn", ask{"who": email, "password": password, "totp": p.appCode(t, 0)}, &srp)
	s.must("refresh", b, "refresh", ask{"who": email, "refresh": srp.Refresh}, &fresh)
	s.check("aws-jwt-verify accepts the new tokens", func() error { return judge(b, p, fresh) })

	const next = "Another-Horse-8!"
	s.must("forget the password", b, "forgot", ask{"who": email}, nil)
	var code string
	s.do("read the code in the inbox", func() { code = l.code(email, 2) })
	s.must("choose a new password", b, "reset", ask{"who": email, "code": code, "password": next}, nil)
	s.refused("the old password is refused", b, "signIn", ask{"who": email, "password": password}, "NotAuthorizedException", "Incorrect username or password.")
	s.must("sign in with the new one", b, "signIn", ask{"who": email, "password": next, "totp": p.appCode(t, 1)}, &srp)

	s.must("sign out everywhere", b, "signOutEverywhere", ask{"who": email}, nil)
	s.check("the refresh token is dead", func() error { return l.dead(srp.Refresh) })
	s.check("Cognito refuses the old access token", func() error { return l.revoked(srp.Access) })

	l.settled()
	s.check("there is one of everything", func() error { return l.whole(p) })
}

// readsProfile checks GET /api/profile at the edge.
func (l *local) readsProfile(p person, token string) error {
	l.t.Helper()
	a := l.profile(token)
	if a.Status != http.StatusOK || a.field("sub") != p.sub || a.field("email") != strings.ToLower(p.email) || a.Header.Get("Etag") == "" {
		return fmt.Errorf("answered %d %s", a.Status, a.Body)
	}
	return nil
}

// refusedBy checks an answer's status and code.
func refusedBy(a answer, status int, code string) error {
	if a.Status != status || a.field("code") != code || a.field("request_id") == "" {
		return fmt.Errorf("answered %d %s, want %d %s with a request id", a.Status, a.Body, status, code)
	}
	return nil
}

// enrol connects an authenticator app. The code is that of the step before this
// one, so that the present one is still good for signing in.
func (l *local) enrol(b *browser, p *person) {
	l.t.Helper()
	var app struct{ Secret string }
	if err := b.try("associate", ask{"who": p.email}, &app); err != nil {
		l.t.Fatal(err)
	}
	p.secret = app.Secret
	var err error
	for range 2 { // once more where a step ended in between
		if err = b.try("enrol", ask{"who": p.email, "totp": p.appCode(l.t, -1)}, nil); err == nil {
			return
		}
	}
	l.t.Fatal(err)
}
