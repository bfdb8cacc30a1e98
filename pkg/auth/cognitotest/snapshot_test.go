package cognitotest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest/keys"
)

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	p.signUp(t, "bob@example.com")
	bobsCode := p.inbox.code(t)
	session := p.askApp(t)
	out, err := p.respond(t, "SOFTWARE_TOKEN_MFA", session, map[string]string{"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": *appCode(t, secret, p.clock.now())})
	ok(t, "sign-in", err)
	r := out.AuthenticationResult
	saved, err := p.server.Snapshot()
	ok(t, "Snapshot", err)

	other, err := keys.Generate()
	ok(t, "Generate", err)
	q := newPool(t, func(c *configuration) { c.Keys, c.Now = &other, p.clock.now })
	ok(t, "Restore", q.server.Restore(saved))
	if diff := cmp.Diff(p.server.Users(), q.server.Users()); diff != "" {
		t.Errorf("users (-before +after):\n%s", diff)
	}
	q.own(t, r.AccessToken)
	_, err = q.refresh(t, r.RefreshToken)
	ok(t, "refresh with a token of before", err)
	ok(t, "confirming with a code of before", q.tryConfirm(t, "bob@example.com", bobsCode))
	wantError(t, "the app's code of before", q.answerApp(t, q.askApp(t), appCode(t, secret, p.clock.now())), "ExpiredCodeException", "Your software token has already been used once.")
	p.clock.advance(30 * time.Second)
	ok(t, "the app's next code", q.answerApp(t, q.askApp(t), appCode(t, secret, p.clock.now())))
	_, err = q.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String(password)})
	wantError(t, "signing up a restored address", err, "UsernameExistsException", "An account with the given email already exists.")
}

// A snapshot must not hold what would let its reader sign in.
func TestSnapshotHoldsNoPasswords(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	p.forgot(t, email)
	saved, err := p.server.Snapshot()
	ok(t, "Snapshot", err)
	for what, text := range map[string]string{
		"password": password, "access token": *r.AccessToken, "refresh token": *r.RefreshToken, "code": `"` + p.inbox.code(t) + `"`,
	} {
		if strings.Contains(string(saved), text) {
			t.Errorf("the snapshot holds the %s", what)
		}
	}
}

func TestRestoreBroken(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	before := p.server.Users()
	for _, text := range []string{"", "[]", "{}", `{"keys":{"id":"x"},"users":[]}`} {
		if err := p.server.Restore([]byte(text)); err == nil {
			t.Errorf("Restore(%q): no error", text)
		}
	}
	if diff := cmp.Diff(before, p.server.Users()); diff != "" {
		t.Errorf("a broken snapshot changed users (-before +after):\n%s", diff)
	}
}

func TestRestoreForgetsWhatWasThere(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	empty, err := p.server.Snapshot()
	ok(t, "Snapshot", err)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	ok(t, "Restore", p.server.Restore(empty))
	if n := len(p.server.Users()); n != 0 {
		t.Errorf("%d users exist after restoring an empty pool, want none", n)
	}
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: r.AccessToken})
	wantError(t, "a token of before", err, "UserNotFoundException", "User does not exist.")
}

// A sign-in that began before its user was disabled may leave a grant behind: it
// must not be refreshed.
func TestGrantOfADisabledUser(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	r := p.login(t, email, password)
	saved, err := p.server.Snapshot()
	ok(t, "Snapshot", err)
	edited := strings.Replace(string(saved), `"username":"`+sub+`"`, `"username":"`+sub+`","disabled":true`, 1)
	ok(t, "Restore", p.server.Restore([]byte(edited)))
	_, err = p.refresh(t, r.RefreshToken)
	wantError(t, "refresh", err, "NotAuthorizedException", "User is disabled.")
}
