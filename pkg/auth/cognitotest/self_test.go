package cognitotest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

const (
	nextPassword = "Another-Horse-7"
	tooMany      = "Attempt limit exceeded, please try after some time."
	noSuchCode   = "Invalid code provided, please request a code again."
	badCode      = "Invalid verification code provided, please try again."
)

// attributes turns the API's list into a map.
func attributes(list []types.AttributeType) map[string]string {
	out := map[string]string{}
	for _, a := range list {
		out[*a.Name] = aws.ToString(a.Value)
	}
	return out
}

func list(pairs ...string) []types.AttributeType {
	var out []types.AttributeType
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	return out
}

// own is what users see of themselves.
func (p *pool) own(t *testing.T, access *string) map[string]string {
	t.Helper()
	out, err := p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: access})
	ok(t, "GetUser", err)
	return attributes(out.UserAttributes)
}

func (p *pool) update(t *testing.T, access *string, pairs ...string) ([]types.CodeDeliveryDetailsType, error) {
	t.Helper()
	out, err := p.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: access, UserAttributes: list(pairs...)})
	if err != nil {
		return nil, err
	}
	return out.CodeDeliveryDetailsList, nil
}

// administer writes attributes as the pool's owner.
func (p *pool) administer(t *testing.T, address string, pairs ...string) error {
	t.Helper()
	_, err := p.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: aws.String(poolID), Username: &address, UserAttributes: list(pairs...)})
	return err
}

func TestUsersReadWhatTheClientMay(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	ok(t, "AdminUpdateUserAttributes", p.administer(t, email, "name", "Ada", "custom:stripe_customer_id", "cus_1", "locale", "en"))
	want := map[string]string{"sub": sub, "email": email, "email_verified": "true", "name": "Ada"}
	if diff := cmp.Diff(want, p.own(t, p.login(t, email, password).AccessToken)); diff != "" {
		t.Errorf("GetUser (-want +got):\n%s", diff)
	}
}

func TestUsersWriteWhatTheClientMay(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	access := p.login(t, email, password).AccessToken
	for _, name := range []string{"custom:stripe_customer_id", "custom:tos_version", "custom:tos_accepted_at", "custom:cookie_consent_at", "email_verified", "sub", "locale"} {
		_, err := p.update(t, access, "name", "Eve", name, "x")
		wantError(t, "writing "+name, err, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
	}
	if got := p.own(t, access)["name"]; got != "" {
		t.Errorf("name = %q after refused writes, want none", got)
	}
	sent, err := p.update(t, access, "name", "Ada")
	ok(t, "writing name", err)
	if got := p.own(t, access)["name"]; got != "Ada" || len(sent) != 0 {
		t.Errorf("name = %q with %d codes sent, want Ada and none", got, len(sent))
	}
	_, err = p.update(t, access, "email", "no address")
	wantError(t, "writing a bad address", err, "InvalidParameterException", "Invalid email address format.")
}

func (p *pool) verify(t *testing.T, access *string, code string) error {
	t.Helper()
	_, err := p.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{AccessToken: access, AttributeName: aws.String("email"), Code: &code})
	return err
}

func TestNewAddressWaitsForItsCode(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	access := p.login(t, email, password).AccessToken
	sent, err := p.update(t, access, "email", "new@example.com", "name", "Ada")
	ok(t, "UpdateUserAttributes", err)
	if len(sent) != 1 || *sent[0].Destination != "n***@e***" {
		t.Fatalf("codes were sent to %v, want one to n***@e***", sent)
	}
	was := p.own(t, access)
	if was["email"] != email || was["email_verified"] != "true" || was["name"] != "Ada" {
		t.Errorf("before the code: %v, want the old address, verified, and the new name", was)
	}
	code := p.inbox.codeFor(t, "new@example.com")
	wantError(t, "a wrong code", p.verify(t, access, wrong(code)), "CodeMismatchException", badCode)
	p.login(t, email, password)
	ok(t, "the code", p.verify(t, access, code))
	is := p.own(t, access)
	if is["email"] != "new@example.com" || is["email_verified"] != "true" {
		t.Errorf("after the code: %v, want the new address, verified", is)
	}
	p.login(t, "new@example.com", password)
	_, err = p.tryPassword(t.Context(), email, password)
	wantError(t, "the old address", err, "NotAuthorizedException", badLogin)
	wantError(t, "the code again", p.verify(t, access, code), "ExpiredCodeException", noSuchCode)
}

func TestNewAddressIsNotAnothersAddress(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	access := p.login(t, email, password).AccessToken
	p.signUp(t, "bob@example.com")
	_, err := p.update(t, access, "email", "BOB@example.com")
	wantError(t, "a taken address", err, "AliasExistsException", "An account with the given email already exists.")

	_, err = p.update(t, access, "email", "carol@example.com")
	ok(t, "a free address", err)
	code := p.inbox.codeFor(t, "carol@example.com")
	p.signUp(t, "carol@example.com")
	wantError(t, "an address taken meanwhile", p.verify(t, access, code), "AliasExistsException", "An account with the given email already exists.")
	if got := p.own(t, access)["email"]; got != email {
		t.Errorf("email = %q, want %q", got, email)
	}
}

func TestVerificationCode(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	access := p.login(t, email, password).AccessToken
	ask := func(name string) (*cip.GetUserAttributeVerificationCodeOutput, error) {
		return p.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: &name})
	}
	_, err := ask("name")
	wantError(t, "a name has no code", err, "InvalidParameterException", "Attribute name cannot be verified.")
	for range 5 {
		out, err := ask("email")
		ok(t, "GetUserAttributeVerificationCode", err)
		if got := *out.CodeDeliveryDetails.Destination; got != "a***@e***" {
			t.Errorf("destination = %q, want a***@e***", got)
		}
	}
	_, err = ask("email")
	wantError(t, "the sixth in an hour", err, "LimitExceededException", tooMany)
	code := p.inbox.code(t)
	for range 15 {
		wantError(t, "a wrong code", p.verify(t, access, wrong(code)), "CodeMismatchException", badCode)
	}
	wantError(t, "the 16th try", p.verify(t, access, code), "LimitExceededException", tooMany)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	access := p.login(t, email, password).AccessToken
	change := func(from, to string) error {
		_, err := p.ChangePassword(t.Context(), &cip.ChangePasswordInput{AccessToken: access, PreviousPassword: &from, ProposedPassword: &to})
		return err
	}
	wantError(t, "a weak password", change(password, "abcdefghijkl"), "InvalidPasswordException", "Password does not conform to policy: Password must have uppercase characters")
	wantError(t, "a wrong old password", change("Wrong-Horse-99", nextPassword), "NotAuthorizedException", badLogin)
	ok(t, "ChangePassword", change(password, nextPassword))
	_, err := p.tryPassword(t.Context(), email, password)
	wantError(t, "the old password", err, "NotAuthorizedException", badLogin)
	_, err = p.trySRP(t, email, nextPassword)
	ok(t, "SRP with the new password", err)
	for range 3 {
		wantError(t, "a wrong old password", change("Wrong-Horse-99", password), "NotAuthorizedException", badLogin)
	}
	wantError(t, "the sixth change in an hour", change(nextPassword, password), "LimitExceededException", tooMany)
}

func (p *pool) reset(t *testing.T, address, code, to string) error {
	t.Helper()
	_, err := p.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{ClientId: aws.String(clientID), Username: &address, ConfirmationCode: &code, Password: &to})
	return err
}

func TestForgotPassword(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	wantError(t, "resetting before asking", p.reset(t, email, "123456", nextPassword), "ExpiredCodeException", noSuchCode)
	p.forgot(t, email)
	code := p.inbox.code(t)
	wantError(t, "a weak password", p.reset(t, email, code, "short"), "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	wantError(t, "a wrong code", p.reset(t, email, wrong(code), nextPassword), "CodeMismatchException", badCode)
	p.login(t, email, password)
	ok(t, "the code", p.reset(t, email, code, nextPassword))
	wantError(t, "the code again", p.reset(t, email, code, password), "ExpiredCodeException", noSuchCode)
	p.login(t, email, nextPassword)
}

func TestForgotPasswordExpiry(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	p.forgot(t, email)
	p.clock.advance(time.Hour + time.Second)
	wantError(t, "an hour later", p.reset(t, email, p.inbox.code(t), nextPassword), "ExpiredCodeException", noSuchCode)
}

func TestForgotPasswordLimits(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	for range 5 {
		p.forgot(t, email)
	}
	_, err := p.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: aws.String(clientID), Username: aws.String(email)})
	wantError(t, "the sixth question in an hour", err, "LimitExceededException", tooMany)
	code := p.inbox.code(t)
	for range 5 {
		wantError(t, "a guess", p.reset(t, email, wrong(code), nextPassword), "CodeMismatchException", badCode)
	}
	wantError(t, "the sixth guess", p.reset(t, email, code, nextPassword), "LimitExceededException", tooMany)
}

func TestForgotPasswordOfThoseWhoCannot(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*testing.T, *pool)
		reset   string // the exception of a reset with a guessed code
	}{
		{name: "nobody", prepare: func(*testing.T, *pool) {}, reset: "CodeMismatchException"},
		{name: "a disabled user", reset: "CodeMismatchException", prepare: func(t *testing.T, p *pool) {
			p.confirmed(t, email)
			p.disable(t, email)
		}},
		{name: "an unconfirmed user", reset: "ExpiredCodeException", prepare: func(t *testing.T, p *pool) { p.signUp(t, email) }},
		{name: "a user without a verified address", reset: "ExpiredCodeException", prepare: func(t *testing.T, p *pool) {
			p.confirmed(t, email)
			ok(t, "unverify", p.administer(t, email, "email_verified", "false"))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name+" gets an answer and no mail", func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			tt.prepare(t, p)
			before := len(p.inbox.all())
			out, err := p.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: aws.String(clientID), Username: aws.String(email)})
			ok(t, "ForgotPassword", err)
			if got := *out.CodeDeliveryDetails.Destination; got != "a***@e***" || len(p.inbox.all()) != before {
				t.Errorf("destination %q and %d new messages, want a***@e*** and none", got, len(p.inbox.all())-before)
			}
			message := badCode
			if tt.reset == "ExpiredCodeException" {
				message = noSuchCode
			}
			wantError(t, "a reset", p.reset(t, email, "123456", nextPassword), tt.reset, message)
		})
	}
}

func TestForgotPasswordOfTheInvited(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	_, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
	ok(t, "AdminCreateUser", err)
	_, err = p.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: aws.String(clientID), Username: aws.String(email)})
	wantError(t, "ForgotPassword", err, "NotAuthorizedException", "User password cannot be reset in the current state.")
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	_, err := p.DeleteUser(t.Context(), &cip.DeleteUserInput{AccessToken: r.AccessToken})
	ok(t, "DeleteUser", err)
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: r.AccessToken})
	wantError(t, "GetUser", err, "UserNotFoundException", "User does not exist.")
	_, err = p.refresh(t, r.RefreshToken)
	wantError(t, "refresh", err, "NotAuthorizedException", "Invalid Refresh Token")
	p.signUp(t, email)
}
