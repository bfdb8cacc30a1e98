package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabasetest"
)

const badLogin = "Incorrect username or password."

// TestWhatAPersonSees signs in at the pool: what the client gets, and who exists
// afterwards.
func TestWhatAPersonSees(t *testing.T) {
	t.Parallel()
	const validation = "UserLambdaValidationException"
	tests := []struct {
		name     string
		user     supabasetest.User
		password string
		fault    supabasetest.Fault
		code     string // "" signs in
		says     string
		status   string // of the pool's user afterwards; "" for none
	}{
		{name: "the old password signs in", user: lee(nil), status: "CONFIRMED"},
		{name: "a weak password has to be reset", user: lee(func(u *supabasetest.User) { u.Password = "summer25" }), password: "summer25", code: "PasswordResetRequiredException", status: "RESET_REQUIRED"},
		{name: "a wrong password", user: lee(nil), password: "Not-The-Passw0rd-1!", code: "NotAuthorizedException", says: badLogin},
		{name: "one who came by Google", user: lee(func(u *supabasetest.User) { u.Password = "" }), code: "NotAuthorizedException", says: badLogin},
		{name: "one who is banned", user: lee(func(u *supabasetest.User) { u.BannedUntil = time.Now().Add(time.Hour) }), code: "NotAuthorizedException", says: badLogin},
		{name: "one who never confirmed", user: lee(func(u *supabasetest.User) { u.Confirmed = time.Time{} }), code: validation, says: "UserMigration failed with error LEGACY_UNCONFIRMED."},
		{name: "a rate limit", user: lee(nil), fault: supabasetest.Fault{Match: "token", Status: 429, Body: "{}"}, code: validation, says: "UserMigration failed with error LEGACY_BUSY."},
		{name: "an outage", user: lee(nil), fault: supabasetest.Fault{Match: "token", Status: 500, Body: "{}"}, code: validation, says: "UserMigration failed with error LEGACY_UNAVAILABLE."},
		{name: "a page of HTML", user: lee(nil), fault: supabasetest.Fault{Match: "token", Status: 200, Body: "<html></html>"}, code: validation, says: "UserMigration failed with error LEGACY_UNAVAILABLE."},
		{name: "an answer after six seconds", user: lee(nil), fault: supabasetest.Fault{Match: "token", Delay: 6 * time.Second}, code: validation, says: "UserMigration failed with error LEGACY_UNAVAILABLE."},
		{name: "a captcha", user: lee(nil), fault: supabasetest.Fault{Match: "token", Status: 400, Code: "captcha_failed", Body: "{}"}, code: validation, says: "UserMigration failed with error LEGACY_SETUP."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.old.AddUser(tt.user)
			if tt.fault.Match != "" {
				w.old.Inject(tt.fault)
			}
			pw := tt.password
			if pw == "" {
				pw = password
			}
			err := w.signIn(t.Context(), email, pw)
			var refused smithy.APIError
			switch {
			case tt.code == "" && err != nil:
				t.Errorf("sign-in = %v, want a session", err)
			case tt.code != "" && (!errors.As(err, &refused) || refused.ErrorCode() != tt.code || tt.says != "" && refused.ErrorMessage() != tt.says):
				t.Errorf("sign-in = %v, want %s %q", err, tt.code, tt.says)
			}
			if u, _ := w.pool.User(email); u.Status != tt.status {
				t.Errorf("the pool's user is %q, want %q", u.Status, tt.status)
			}
			w.log.silent(t)
		})
	}
}

// TestASecondSignInIsThePoolsOwn takes the old system away afterwards.
func TestASecondSignInIsThePoolsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.old.AddUser(lee(nil))
	w.pool.Overlap(cognitotest.UserMigration, 3)
	if err := w.signIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	w.old.Inject(supabasetest.Fault{Status: 500, Body: "{}"})
	if err := w.signIn(t.Context(), email, password); err != nil {
		t.Errorf("the second sign-in = %v", err)
	}
	u, _ := w.pool.User(email)
	want := map[string]string{"email": email, "email_verified": "true", "name": "Lee Gacy"}
	if d := cmp.Diff(want, u.Attributes); d != "" || len(w.pool.Users()) != 1 {
		t.Errorf("%d users; attributes: want -, got +:\n%s", len(w.pool.Users()), d)
	}
}

// TestADeletedUserStaysDeleted has somebody come over, claim, and leave for good.
func TestADeletedUserStaysDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.old.AddUser(lee(nil))
	if err := w.signIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	u, _ := w.pool.User(email)
	if _, ok, err := w.rows().Claim(t.Context(), email, u.Sub); !ok || err != nil {
		t.Fatalf("Claim = %t, %v", ok, err)
	}
	if _, err := w.api.AdminDeleteUser(t.Context(), &cognitoidentityprovider.AdminDeleteUserInput{
		UserPoolId: aws.String(cognitotest.DefaultPoolID), Username: &u.Username,
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.signIn(t.Context(), email, password); err == nil || !strings.Contains(err.Error(), badLogin) {
		t.Errorf("a deleted user's old password = %v, want a wrong password", err)
	}
	if n := len(w.pool.Users()); n != 0 {
		t.Errorf("the pool has %d users, want none", n)
	}
}

// TestForgottenPassword resets the password of one who never came over.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if _, err := w.rows().Remember(t.Context(), email, migration.Legacy{ID: "7d1c4f0e", Name: "Lee Gacy", Confirmed: true}); err != nil {
		t.Fatal(err)
	}
	forgot := func(address string) error {
		_, err := w.api.ForgotPassword(t.Context(), &cognitoidentityprovider.ForgotPasswordInput{
			ClientId: aws.String(cognitotest.DefaultClientID), Username: &address,
		})
		return err
	}
	if err := forgot(email); err != nil {
		t.Errorf("ForgotPassword = %v", err)
	}
	if u, _ := w.pool.User(email); u.Status != "RESET_REQUIRED" || u.Attributes["email_verified"] != "true" {
		t.Errorf("the pool's user = %+v, want one who must choose a password", u)
	}
	if err := forgot("nobody@example.com"); err != nil {
		t.Errorf("ForgotPassword of nobody = %v, want Cognito's pretence", err)
	}
	if n := len(w.pool.Users()); n != 1 {
		t.Errorf("the pool has %d users, want one", n)
	}
	w.log.silent(t)
}

func TestEventsOfAnotherKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, in := range map[string]string{
		"nothing": ``, "not JSON": password, "a list": `[]`, "null": `null`, "an empty object": `{}`,
		"another trigger": `{"triggerSource":"PreSignUp_SignUp","userName":"legacy@example.com"}`,
		"a number":        `{"triggerSource":"UserMigration_Authentication","userName":7,"request":{"password":"Legacy-Passw0rd-1!"}}`,
		"a long password": `{"triggerSource":"UserMigration_Authentication","userName":"legacy@example.com","request":{"password":["Legacy-Passw0rd-1!"]}}`,
	} {
		if out, err := w.fn(t.Context(), json.RawMessage(in)); err == nil || err.Error() != "INVALID_EVENT" || out != nil {
			t.Errorf("%s = %v, %v, want INVALID_EVENT", name, out, err)
		}
	}
	w.log.silent(t)
}

// TestAnEmptyAnswerHasNoUser looks at the bytes that Cognito gets.
func TestAnEmptyAnswerHasNoUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	in, err := os.ReadFile(filepath.Join("..", "..", "events", "user-migration", "wrong-password.json"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.fn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	whole, ok := out.(map[string]json.RawMessage)
	if !ok || string(whole["response"]) != "{}" {
		t.Errorf("answer = %s, want an event with an empty response", out)
	}
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(in, &sent); err != nil {
		t.Fatal(err)
	}
	delete(sent, "response")
	delete(whole, "response")
	if d := cmp.Diff(sent, whole); d != "" {
		t.Errorf("the event changed: want -, got +:\n%s", d)
	}
}
