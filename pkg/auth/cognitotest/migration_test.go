package cognitotest_test

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/pkg/auth/cognitotest"
)

// legacy answers the migration trigger with a user.
func legacy(more object) object {
	out := object{"userAttributes": object{"email": email, "email_verified": "true"}, "messageAction": "SUPPRESS"}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestMigrationAtSignIn(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(object{"finalUserStatus": "CONFIRMED"}))
	p := newPool(t, withLambda(l, cognitotest.UserMigration, cognitotest.PostConfirmation, cognitotest.PreSignUp))
	p.login(t, email, "weak") // the pool's policy is not applied to what comes over
	u, found := p.server.User(email)
	if !found || u.Status != "CONFIRMED" || u.Attributes["email_verified"] != "true" || u.Username == email {
		t.Errorf("migrated user = %+v, want a confirmed one with a user name of its own", u)
	}
	p.login(t, email, "weak")
	if n := len(l.seen("UserMigration")); n != 1 {
		t.Errorf("the trigger ran %d times, want once", n)
	}
	if n := len(l.seen("PostConfirmation")) + len(l.seen("PreSignUp")); n != 0 {
		t.Errorf("%d other triggers ran for a migrated user, want none", n)
	}
	if _, err := p.trySRP(t, email, "weak"); err != nil {
		t.Errorf("SRP after the migration: %v", err)
	}
}

func TestMigrationAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		response      object
		fail          string
		code, message string
		created       string // the status of the user that exists afterwards
	}{
		{name: "without a status the user is confirmed", response: legacy(nil), created: "CONFIRMED"},
		{
			name: "a weak password must be reset", response: legacy(object{"finalUserStatus": "RESET_REQUIRED"}),
			code: "PasswordResetRequiredException", message: "Password reset required for the user", created: "RESET_REQUIRED",
		},
		{name: "an empty answer is a wrong password", response: object{}, code: "NotAuthorizedException", message: badLogin},
		{name: "no attributes are a wrong password", response: object{"userAttributes": nil}, code: "NotAuthorizedException", message: badLogin},
		{name: "an error reaches the caller", fail: "LEGACY_UNAVAILABLE", code: "UserLambdaValidationException", message: "UserMigration failed with error LEGACY_UNAVAILABLE."},
		{
			name: "another status is refused", response: legacy(object{"finalUserStatus": "ARCHIVED"}),
			code: "InvalidLambdaResponseException", message: "Invalid lambda function output : Invalid value for finalUserStatus",
		},
		{
			name: "a sub cannot be brought along", response: legacy(object{"userAttributes": object{"email": email, "sub": "1"}}),
			code: "NotAuthorizedException", message: badLogin,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLambda()
			l.respond("UserMigration", tt.response)
			if tt.fail != "" {
				l.fail("UserMigration", "errorString", tt.fail)
			}
			p := newPool(t, withLambda(l, cognitotest.UserMigration))
			_, err := p.tryPassword(t.Context(), email, password)
			if tt.code == "" {
				ok(t, "InitiateAuth", err)
			} else {
				wantError(t, "InitiateAuth", err, tt.code, tt.message)
			}
			if u, _ := p.server.User(email); u.Status != tt.created {
				t.Errorf("user is %q afterwards, want %q", u.Status, tt.created)
			}
		})
	}
}

func TestMigrationNeedsThePassword(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(nil))
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	_, err := p.trySRP(t, email, password)
	wantError(t, "SRP", err, "NotAuthorizedException", badLogin)
	if n := len(l.seen("UserMigration")); n != 0 {
		t.Errorf("SRP ran the migration trigger %d times, want never", n)
	}
}

func TestMigrationDoesNotReplaceAUser(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(nil))
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	p.confirmed(t, email)
	_, err := p.tryPassword(t.Context(), email, "Legacy-Horse-99")
	wantError(t, "the legacy password", err, "NotAuthorizedException", badLogin)
	if n := len(l.seen("UserMigration")); n != 0 {
		t.Errorf("the trigger ran %d times for a user of the pool, want never", n)
	}
}

func TestMigrationRace(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(nil))
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := p.tryPassword(t.Context(), email, password); err != nil {
				t.Errorf("InitiateAuth: %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(p.server.Users()); n != 1 {
		t.Errorf("%d users exist, want 1", n)
	}
}

// While the trigger runs, somebody else signs up with the address: the legacy
// password must not let its owner in there.
func TestMigrationMeetsASignUp(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	l.functions["UserMigration"] = func(ctx context.Context, e object) error {
		e["response"] = legacy(nil)
		_, err := p.AdminCreateUser(ctx, &cip.AdminCreateUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
		if err != nil {
			return err
		}
		_, err = p.AdminSetUserPassword(ctx, &cip.AdminSetUserPasswordInput{
			UserPoolId: aws.String(poolID), Username: aws.String(email), Password: aws.String(password), Permanent: true,
		})
		return err
	}
	_, err := p.tryPassword(t.Context(), email, "Legacy-Horse-99")
	wantError(t, "the legacy password", err, "NotAuthorizedException", badLogin)
	if n := len(p.server.Users()); n != 1 {
		t.Errorf("%d users exist, want 1", n)
	}
}

func TestMigrationWithoutAnAddress(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(object{"userAttributes": object{"name": "Ada", "username": "ignored"}}))
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	p.login(t, email, password)
	if u, _ := p.server.User(email); u.Attributes["name"] != "Ada" || u.Attributes["email"] != email || len(u.Attributes) != 2 {
		t.Errorf("attributes = %v, want the name and the address signed in with", u.Attributes)
	}
}

func TestMigrationOfAForgottenPassword(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", legacy(nil))
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	p.forgot(t, email)
	if u, _ := p.server.User(email); u.Status != "RESET_REQUIRED" {
		t.Errorf("user is %q, want RESET_REQUIRED", u.Status)
	}
	_, err := p.trySRP(t, email, password)
	wantError(t, "signing in before the reset", err, "NotAuthorizedException", badLogin)
	ok(t, "the reset", p.reset(t, email, p.inbox.code(t), nextPassword))
	p.login(t, email, nextPassword)
}

func TestMigrationOfAForgottenPasswordFails(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.fail("UserMigration", "errorString", "LEGACY_UNAVAILABLE")
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	_, err := p.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: aws.String(clientID), Username: aws.String(email)})
	wantError(t, "ForgotPassword", err, "UserLambdaValidationException", "UserMigration failed with error LEGACY_UNAVAILABLE.")
}
