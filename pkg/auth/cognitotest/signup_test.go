package cognitotest_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	out, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String("Ada@Example.com"), Password: aws.String(password)})
	ok(t, "SignUp", err)
	d := out.CodeDeliveryDetails
	if *d.AttributeName != "email" || d.DeliveryMedium != "EMAIL" || *d.Destination != "A***@E***" {
		t.Errorf("delivery = %s %s %s, want email EMAIL A***@E***", *d.AttributeName, d.DeliveryMedium, *d.Destination)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(*out.UserSub) {
		t.Errorf("sub = %q, want a version 4 UUID", *out.UserSub)
	}
	if u, _ := p.server.User("ada@example.COM"); u.Username != *out.UserSub || u.Status != "UNCONFIRMED" {
		t.Errorf("user = %s %s, want %s UNCONFIRMED, found in any case", u.Username, u.Status, *out.UserSub)
	}
}

func TestSignUpRefusals(t *testing.T) {
	t.Parallel()
	attribute := func(name, value string) []types.AttributeType {
		return []types.AttributeType{{Name: &name, Value: &value}}
	}
	tests := []struct {
		name          string
		in            cip.SignUpInput
		code, message string
	}{
		{
			name: "another client's id is not known", in: cip.SignUpInput{ClientId: aws.String("other1")},
			code: "ResourceNotFoundException", message: "User pool client other1 does not exist.",
		},
		{
			name: "the user name is an address", in: cip.SignUpInput{Username: aws.String("ada")},
			code: "InvalidParameterException", message: "Username should be an email.",
		},
		{
			name: "a display name is not part of the address", in: cip.SignUpInput{Username: aws.String("Ada <ada@example.com>")},
			code: "InvalidParameterException", message: "Username should be an email.",
		},
		{
			name: "the address is given once", in: cip.SignUpInput{UserAttributes: attribute("email", "bob@example.com")},
			code: "InvalidParameterException", message: "Username and email attribute do not match.",
		},
		{
			name: "a custom attribute is the owner's", in: cip.SignUpInput{UserAttributes: attribute("custom:stripe_customer_id", "cus_1")},
			code: "NotAuthorizedException", message: "A client attempted to write unauthorized attribute",
		},
		{
			name: "the verified flag is the owner's", in: cip.SignUpInput{UserAttributes: attribute("email_verified", "true")},
			code: "NotAuthorizedException", message: "A client attempted to write unauthorized attribute",
		},
		{
			name: "an unknown attribute is not the client's either", in: cip.SignUpInput{UserAttributes: attribute("shoe", "42")},
			code: "NotAuthorizedException", message: "A client attempted to write unauthorized attribute",
		},
		{
			name: "a value has an end", in: cip.SignUpInput{UserAttributes: attribute("name", strings.Repeat("x", 2049))},
			code:    "InvalidParameterException",
			message: "1 validation error detected: Value at 'userAttributes' failed to satisfy constraint: Member must have length less than or equal to 2048",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			in := tt.in
			if in.ClientId == nil {
				in.ClientId = aws.String(clientID)
			}
			if in.Username == nil {
				in.Username = aws.String(email)
			}
			in.Password = aws.String(password)
			_, err := p.SignUp(t.Context(), &in)
			wantError(t, "SignUp", err, tt.code, tt.message)
			if n := len(p.server.Users()); n != 0 {
				t.Errorf("%d users exist after a refused sign-up, want none", n)
			}
		})
	}
}

func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	const pattern = `1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`
	tests := []struct{ name, password, code, message string }{
		{"eleven characters are too few", "Abcdefgh-12", "InvalidPasswordException", "Password not long enough"},
		{"a capital is needed", "abcdefghi-12", "InvalidPasswordException", "Password must have uppercase characters"},
		{"a small letter is needed", "ABCDEFGHI-12", "InvalidPasswordException", "Password must have lowercase characters"},
		{"a digit is needed", "Abcdefghi-kl", "InvalidPasswordException", "Password must have numeric characters"},
		{"a symbol is needed", "Abcdefghi123", "InvalidPasswordException", "Password must have symbol characters"},
		{"an umlaut is no capital", "äbcdefÜhi-12", "InvalidPasswordException", "Password must have uppercase characters"},
		{"a blank at the end is refused", "Abcdefgh-123 ", "InvalidParameterException", pattern},
		{"257 characters are too many", "Abcdefgh-123" + strings.Repeat("x", 245), "InvalidParameterException", pattern},
		{"a blank inside is a symbol", "Abcdef ghi123", "", ""},
		{"256 characters are allowed", "Abcdefgh-123" + strings.Repeat("x", 244), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			_, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String(email), Password: &tt.password})
			if tt.code == "" {
				ok(t, "SignUp with "+tt.password, err)
				return
			}
			message := tt.message
			if tt.code == "InvalidPasswordException" {
				message = "Password did not conform with policy: " + message
			}
			wantError(t, "SignUp with "+tt.password, err, tt.code, message)
		})
	}
}

func TestSignUpTwice(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.signUp(t, email)
	_, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String("ADA@EXAMPLE.COM"), Password: aws.String(password)})
	wantError(t, "SignUp in capitals", err, "UsernameExistsException", "An account with the given email already exists.")
}

func TestSignUpRace(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	const tries = 8
	var wg sync.WaitGroup
	won := make(chan string, tries)
	for range tries {
		wg.Go(func() {
			out, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String(password)})
			if err == nil {
				won <- *out.UserSub
			}
		})
	}
	wg.Wait()
	if n := len(won); n != 1 {
		t.Errorf("%d of %d sign-ups at once succeeded, want 1", n, tries)
	}
	if n := len(p.server.Users()); n != 1 {
		t.Errorf("%d users exist, want 1", n)
	}
}

func (p *pool) tryConfirm(t *testing.T, address, code string) error {
	t.Helper()
	_, err := p.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: aws.String(clientID), Username: &address, ConfirmationCode: &code})
	return err
}

func TestConfirmSignUp(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.signUp(t, email)
	code := p.inbox.code(t)
	wantError(t, "a wrong code", p.tryConfirm(t, email, wrong(code)), "CodeMismatchException", "Invalid verification code provided, please try again.")
	wantError(t, "an unknown user", p.tryConfirm(t, "nobody@example.com", code), "ExpiredCodeException", "Invalid code provided, please request a code again.")
	ok(t, "the right code", p.tryConfirm(t, email, code))
	wantError(t, "the code again", p.tryConfirm(t, email, code), "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
	u, _ := p.server.User(email)
	if u.Status != "CONFIRMED" || u.Attributes["email_verified"] != "true" {
		t.Errorf("user is %s, verified %q, want CONFIRMED and true", u.Status, u.Attributes["email_verified"])
	}
}

// wrong returns a code that is not the given one.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestConfirmSignUpExpiry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		after   time.Duration
		expired bool
	}{
		{name: "a day later the code works", after: 24 * time.Hour},
		{name: "a second after that it does not", after: 24*time.Hour + time.Second, expired: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			p.signUp(t, email)
			p.clock.advance(tt.after)
			err := p.tryConfirm(t, email, p.inbox.code(t))
			if !tt.expired {
				ok(t, "ConfirmSignUp", err)
				return
			}
			wantError(t, "ConfirmSignUp", err, "ExpiredCodeException", "Invalid code provided, please request a code again.")
		})
	}
}

func TestConfirmSignUpLimit(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.signUp(t, email)
	code := p.inbox.code(t)
	for range 15 {
		wantError(t, "a guess", p.tryConfirm(t, email, wrong(code)), "CodeMismatchException", "Invalid verification code provided, please try again.")
	}
	wantError(t, "the 16th try", p.tryConfirm(t, email, code), "LimitExceededException", "Attempt limit exceeded, please try after some time.")
	p.clock.advance(time.Hour)
	ok(t, "an hour later", p.tryConfirm(t, email, code))
}

func TestResendConfirmationCode(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	resend := func(address string) (string, error) {
		out, err := p.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: aws.String(clientID), Username: &address})
		if err != nil {
			return "", err
		}
		return *out.CodeDeliveryDetails.Destination, nil
	}
	p.signUp(t, email)
	first := p.inbox.code(t)
	to, err := resend(email)
	ok(t, "ResendConfirmationCode", err)
	if to != "a***@e***" {
		t.Errorf("destination = %q, want a***@e***", to)
	}
	if second := p.inbox.code(t); first != second {
		wantError(t, "the first code", p.tryConfirm(t, email, first), "CodeMismatchException", "Invalid verification code provided, please try again.")
	}
	to, err = resend("nobody@example.com")
	ok(t, "ResendConfirmationCode of nobody", err)
	if to != "n***@e***" || len(p.inbox.all()) != 2 {
		t.Errorf("nobody: destination %q and %d messages, want n***@e*** and no third message", to, len(p.inbox.all()))
	}
	for range 4 {
		_, err = resend(email)
		ok(t, "ResendConfirmationCode", err)
	}
	_, err = resend(email)
	wantError(t, "the sixth in an hour", err, "LimitExceededException", "Attempt limit exceeded, please try after some time.")
	ok(t, "ConfirmSignUp", p.tryConfirm(t, email, p.inbox.code(t)))
	_, err = resend(email)
	wantError(t, "after confirming", err, "InvalidParameterException", "User is already confirmed.")
}

func TestDisabledBeforeConfirming(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.signUp(t, email)
	code := p.inbox.code(t)
	p.disable(t, email)
	wantError(t, "ConfirmSignUp", p.tryConfirm(t, email, code), "NotAuthorizedException", "User is disabled.")
	_, err := p.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: aws.String(clientID), Username: aws.String(email)})
	ok(t, "ResendConfirmationCode", err)
	if n := len(p.inbox.all()); n != 1 {
		t.Errorf("%d messages went to a disabled user, want only the first", n)
	}
}
