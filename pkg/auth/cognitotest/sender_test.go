package cognitotest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
)

// senderStory brings about one message of each source and returns the user's sub.
func senderStory(t *testing.T, p *pool, source string) string {
	t.Helper()
	switch source {
	case "AdminCreateUser":
		out, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: aws.String(poolID), Username: aws.String(email), TemporaryPassword: aws.String("Tempo<rary>&Horse-1"),
		})
		ok(t, "AdminCreateUser", err)
		return *out.User.Username
	case "SignUp":
		return p.signUp(t, email)
	case "ResendCode":
		sub := p.signUp(t, email)
		_, err := p.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: aws.String(clientID), Username: aws.String(email)})
		ok(t, "ResendConfirmationCode", err)
		return sub
	}
	sub := p.signUp(t, email)
	_, err := p.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
	ok(t, "AdminConfirmSignUp", err)
	_, err = p.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{
		UserPoolId: aws.String(poolID), Username: aws.String(email),
		UserAttributes: []types.AttributeType{{Name: aws.String("email_verified"), Value: aws.String("true")}},
	})
	ok(t, "AdminUpdateUserAttributes", err)
	switch source {
	case "ForgotPassword":
		p.forgot(t, email)
	case "UpdateUserAttribute":
		_, err = p.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{
			AccessToken: p.login(t, email, password).AccessToken, UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("new@example.com")}},
		})
	case "VerifyUserAttribute":
		_, err = p.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{
			AccessToken: p.login(t, email, password).AccessToken, AttributeName: aws.String("email"),
		})
	case "AccountTakeOverNotification":
		err = p.server.NotifyTakeOver(t.Context(), email)
	}
	ok(t, source, err)
	return sub
}

func TestSenderEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source, client, address, verified, status string
		code                                            string // the sealed plaintext; six digits if empty, none if "-"
	}{
		{name: "a sign-up's code", source: "SignUp", client: clientID, address: email, verified: "false", status: "UNCONFIRMED"},
		{name: "a code sent again", source: "ResendCode", client: clientID, address: email, verified: "false", status: "UNCONFIRMED"},
		{name: "a forgotten password's code", source: "ForgotPassword", client: clientID, address: email, verified: "true", status: "CONFIRMED"},
		{name: "a new address's code goes to the new address", source: "UpdateUserAttribute", client: clientID, address: "new@example.com", verified: "false", status: "CONFIRMED"},
		{name: "a requested code", source: "VerifyUserAttribute", client: clientID, address: email, verified: "true", status: "CONFIRMED"},
		{
			name: "an invitation's password is escaped inside the ciphertext", source: "AdminCreateUser", client: "CLIENT_ID_NOT_APPLICABLE",
			address: email, verified: "false", status: "FORCE_CHANGE_PASSWORD", code: "Tempo&lt;rary&gt;&amp;Horse-1",
		},
		{name: "a takeover warning has no code", source: "AccountTakeOverNotification", client: clientID, address: email, verified: "true", status: "CONFIRMED", code: "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLambda()
			p := newPool(t, withLambda(l, cognitotest.CustomEmailSender))
			sub := senderStory(t, p, tt.source)
			all := l.seen("CustomEmailSender")
			got := all[len(all)-1]
			request := got["request"].(object)
			plain := plaintext(t, request)
			switch {
			case tt.code == "" && !sixDigits(plain):
				t.Errorf("plaintext = %q, want six digits", plain)
			case tt.code == "-" && plain != "":
				t.Errorf("plaintext = %q, want none", plain)
			case len(tt.code) > 1 && plain != tt.code:
				t.Errorf("plaintext = %q, want %q", plain, tt.code)
			}
			delete(request, "code")
			wantEvent(t, got, `{`+head("CustomEmailSender_"+tt.source, sub, tt.client)+`,
				"request":{"type":"customEmailSenderRequestV1","clientMetadata":null,
					"userAttributes":{"sub":"`+sub+`","email":"`+tt.address+`","email_verified":"`+tt.verified+`","cognito:user_status":"`+tt.status+`"}}}`)
			if n := len(p.inbox.all()); n != 0 {
				t.Errorf("the pool delivered %d messages itself, want none while a sender is set", n)
			}
		})
	}
}

// plaintext undoes the test's stand-in for encryption and checks whose it is.
func plaintext(t *testing.T, request object) string {
	t.Helper()
	sealed, ok := request["code"].(string)
	if !ok {
		return ""
	}
	plain, ok := strings.CutPrefix(sealed, "sealed:"+poolID+":")
	if !ok {
		t.Fatalf("code = %q, want it sealed for the pool", sealed)
	}
	return plain
}

func sixDigits(s string) bool { return len(s) == 6 && strings.Trim(s, "0123456789") == "" }

func TestSenderFailureDoesNotReachTheCaller(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.CustomEmailSender), func(c *configuration) {
		c.EncryptCode = func(context.Context, string, string) (string, error) { return "", errors.New("no key") }
	})
	p.signUp(t, email)
	if n := len(l.seen("CustomEmailSender")); n != 0 {
		t.Errorf("the sender received %d events without a code, want none", n)
	}
}

func TestSignInCodeEvent(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.CustomEmailSender))
	sub := p.signUp(t, email)
	ok(t, "SendSignInCode", p.server.SendSignInCode(t.Context(), sub, map[string]string{"lang": "en"}))
	got := l.seen("CustomEmailSender")[1]
	request := got["request"].(object)
	if plain := plaintext(t, request); len(plain) != 8 {
		t.Errorf("plaintext = %q, want eight digits", plain)
	}
	delete(request, "code")
	wantEvent(t, got, `{`+head("CustomEmailSender_Authentication", sub, clientID)+`,
		"request":{"type":"customEmailSenderRequestV1","clientMetadata":{"lang":"en"},
			"userAttributes":{"sub":"`+sub+`","email":"ada@example.com","email_verified":"false","cognito:user_status":"UNCONFIRMED"}}}`)
	if err := p.server.SendSignInCode(t.Context(), "nobody", nil); err == nil {
		t.Error("SendSignInCode to an unknown user: no error")
	}
}

func TestNotifyTakeOverOfNobody(t *testing.T) {
	t.Parallel()
	if err := newPool(t).server.NotifyTakeOver(t.Context(), email); err == nil {
		t.Error("NotifyTakeOver of an unknown user: no error")
	}
}

func TestDeliverySources(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"SignUp", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute", "AdminCreateUser", "AccountTakeOverNotification"} {
		t.Run("without a sender the pool delivers "+source, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			sub := senderStory(t, p, source)
			all := p.inbox.all()
			got := all[len(all)-1]
			if got.Source != "CustomEmailSender_"+source || got.Username != sub || got.Email == "" {
				t.Errorf("message = %s to %s <%s>, want %s to %s", got.Source, got.Username, got.Email, source, sub)
			}
			if source == "AdminCreateUser" && got.Code != "Tempo<rary>&Horse-1" {
				t.Errorf("password = %q, want it as it is", got.Code)
			}
		})
	}
}
