package cognitotest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest"
)

func TestAdminGetUser(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.signUp(t, email)
	created := p.clock.now()
	p.clock.advance(time.Minute)
	ok(t, "AdminUpdateUserAttributes", p.administer(t, sub, "custom:tos_version", "2026-06-01"))
	for _, login := range []string{email, "ADA@example.com", sub} {
		out, err := p.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: aws.String(poolID), Username: &login})
		ok(t, "AdminGetUser "+login, err)
		want := map[string]string{"sub": sub, "email": email, "custom:tos_version": "2026-06-01"}
		if diff := cmp.Diff(want, attributes(out.UserAttributes)); diff != "" {
			t.Errorf("%s: attributes (-want +got):\n%s", login, diff)
		}
		if *out.Username != sub || out.UserStatus != "UNCONFIRMED" || !out.Enabled {
			t.Errorf("%s: %s %s enabled %t, want %s UNCONFIRMED true", login, *out.Username, out.UserStatus, out.Enabled, sub)
		}
		if !out.UserCreateDate.Equal(created) || !out.UserLastModifiedDate.Equal(created.Add(time.Minute)) {
			t.Errorf("%s: created %v, modified %v, want %v and a minute later", login, out.UserCreateDate, out.UserLastModifiedDate, created)
		}
	}
}

func TestOwnersAddressChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		pairs    []string
		email    string
		verified string
		mails    int
	}{
		{name: "said to be verified takes effect at once", pairs: []string{"email", "new@example.com", "email_verified", "true"}, email: "new@example.com", verified: "true"},
		{name: "without a word waits for its code", pairs: []string{"email", "new@example.com"}, email: email, verified: "true", mails: 1},
		{name: "said to be unverified waits for its code", pairs: []string{"email", "new@example.com", "email_verified", "false"}, email: email, verified: "true", mails: 1},
		{name: "the flag alone is written", pairs: []string{"email_verified", "false"}, email: email, verified: "false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			sub := p.confirmed(t, email)
			before := len(p.inbox.all())
			ok(t, "AdminUpdateUserAttributes", p.administer(t, sub, tt.pairs...))
			u, _ := p.server.User(sub)
			if u.Attributes["email"] != tt.email || u.Attributes["email_verified"] != tt.verified {
				t.Errorf("address %s verified %s, want %s %s", u.Attributes["email"], u.Attributes["email_verified"], tt.email, tt.verified)
			}
			if n := len(p.inbox.all()) - before; n != tt.mails {
				t.Errorf("%d messages were sent, want %d", n, tt.mails)
			}
		})
	}
}

func TestOwnersRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	p.confirmed(t, "bob@example.com")
	tests := []struct {
		name          string
		err           error
		code, message string
	}{
		{"an unknown attribute", p.administer(t, email, "custom:shoe", "42"), "InvalidParameterException", "Attributes did not conform to the schema: Type for attribute {custom:shoe} could not be determined"},
		{"a fixed attribute", p.administer(t, email, "sub", "x"), "InvalidParameterException", "Cannot modify the non-mutable attribute sub"},
		{"a flag that is none", p.administer(t, email, "email_verified", "yes"), "InvalidParameterException", "Invalid value for attribute email_verified."},
		{"a taken address", p.administer(t, email, "email", "bob@example.com", "email_verified", "true"), "AliasExistsException", "An account with the given email already exists."},
		{"an unknown user", p.administer(t, "nobody@example.com", "name", "x"), "UserNotFoundException", "User does not exist."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantError(t, tt.name, tt.err, tt.code, tt.message)
		})
	}
}

// Every operation of the owner refuses another pool's id and an unknown user.
func TestOwnersTargets(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	acts := map[string]func(pool, name *string) error{
		"AdminGetUser": func(pool, name *string) error {
			_, err := p.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: pool, Username: name})
			return err
		},
		"AdminUpdateUserAttributes": func(pool, name *string) error {
			_, err := p.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: pool, Username: name, UserAttributes: list("name", "x")})
			return err
		},
		"AdminConfirmSignUp": func(pool, name *string) error {
			_, err := p.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: pool, Username: name})
			return err
		},
		"AdminDeleteUser": func(pool, name *string) error {
			_, err := p.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: pool, Username: name})
			return err
		},
		"AdminDisableUser": func(pool, name *string) error {
			_, err := p.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: pool, Username: name})
			return err
		},
		"AdminEnableUser": func(pool, name *string) error {
			_, err := p.AdminEnableUser(t.Context(), &cip.AdminEnableUserInput{UserPoolId: pool, Username: name})
			return err
		},
		"AdminUserGlobalSignOut": func(pool, name *string) error {
			_, err := p.AdminUserGlobalSignOut(t.Context(), &cip.AdminUserGlobalSignOutInput{UserPoolId: pool, Username: name})
			return err
		},
		"AdminSetUserPassword": func(pool, name *string) error {
			_, err := p.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: pool, Username: name, Password: aws.String(password)})
			return err
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			wantError(t, name, act(aws.String("us-east-2_Other"), aws.String(email)), "ResourceNotFoundException", "User pool us-east-2_Other does not exist.")
			wantError(t, name, act(aws.String(poolID), aws.String(email)), "UserNotFoundException", "User does not exist.")
		})
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	out, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: aws.String(poolID), Username: aws.String(email), UserAttributes: list("email", email, "email_verified", "true", "custom:tos_version", "2026-06-01"),
	})
	ok(t, "AdminCreateUser", err)
	if out.User.UserStatus != types.UserStatusTypeForceChangePassword || !out.User.Enabled {
		t.Errorf("status %s enabled %t, want FORCE_CHANGE_PASSWORD true", out.User.UserStatus, out.User.Enabled)
	}
	first := p.inbox.code(t)
	again, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email), MessageAction: types.MessageActionTypeResend})
	ok(t, "AdminCreateUser RESEND", err)
	temporary := p.inbox.code(t)
	if *again.User.Username != *out.User.Username || temporary == first {
		t.Errorf("resent to %s with the same password = %t, want %s and a new one", *again.User.Username, temporary == first, *out.User.Username)
	}
	challenge, err := p.tryPassword(t.Context(), email, temporary)
	ok(t, "InitiateAuth", err)
	if got := challenge.ChallengeParameters; challenge.ChallengeName != "NEW_PASSWORD_REQUIRED" || got["requiredAttributes"] != "[]" || got["userAttributes"] != `{"email":"ada@example.com","email_verified":"true"}` {
		t.Errorf("challenge = %s %v", challenge.ChallengeName, got)
	}
	choose := func(responses map[string]string) error {
		_, err := p.respond(t, types.ChallengeNameTypeNewPasswordRequired, challenge.Session, responses)
		return err
	}
	wantError(t, "a weak choice", choose(map[string]string{"USERNAME": email, "NEW_PASSWORD": "short"}), "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	wantError(t, "no choice", choose(map[string]string{"USERNAME": email}), "InvalidParameterException", "Missing required parameter NEW_PASSWORD")
	wantError(t, "an attribute beside it that is the owner's", choose(map[string]string{"USERNAME": email, "NEW_PASSWORD": password, "userAttributes.custom:tos_version": "x"}),
		"NotAuthorizedException", "A client attempted to write unauthorized attribute")
	ok(t, "a choice with a name", choose(map[string]string{"USERNAME": email, "NEW_PASSWORD": password, "userAttributes.name": "Ada"}))
	wantError(t, "another choice", choose(map[string]string{"USERNAME": email, "NEW_PASSWORD": nextPassword}), "NotAuthorizedException",
		"Invalid session for the user, session can only be used once.")
	if u, _ := p.server.User(email); u.Status != "CONFIRMED" || u.Attributes["name"] != "Ada" {
		t.Errorf("user is %s named %q, want CONFIRMED and Ada", u.Status, u.Attributes["name"])
	}
	p.login(t, email, password)
	_, err = p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email), MessageAction: types.MessageActionTypeResend})
	wantError(t, "resending to a confirmed user", err, "UnsupportedUserStateException", "Resend not possible. "+*out.User.Username+" status is not FORCE_CHANGE_PASSWORD")
}

func TestInvitationRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.signUp(t, "bob@example.com")
	tests := []struct {
		name          string
		in            cip.AdminCreateUserInput
		code, message string
	}{
		{"no address", cip.AdminCreateUserInput{Username: aws.String("ada")}, "InvalidParameterException", "Username should be an email."},
		{"a taken address", cip.AdminCreateUserInput{Username: aws.String("bob@example.com")}, "UsernameExistsException", "An account with the given email already exists."},
		{"a weak password", cip.AdminCreateUserInput{Username: aws.String(email), TemporaryPassword: aws.String("Abcdefgh-xyz")}, "InvalidPasswordException", "Password did not conform with password policy: Password must have numeric characters"},
		{"an unknown attribute", cip.AdminCreateUserInput{Username: aws.String(email), UserAttributes: list("shoe", "42")}, "InvalidParameterException", "Attributes did not conform to the schema: Type for attribute {shoe} could not be determined"},
		{"nobody to resend to", cip.AdminCreateUserInput{Username: aws.String(email), MessageAction: types.MessageActionTypeResend}, "UserNotFoundException", "User does not exist."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.UserPoolId = aws.String(poolID)
			_, err := p.AdminCreateUser(t.Context(), &tt.in)
			wantError(t, tt.name, err, tt.code, tt.message)
		})
	}
	if n := len(p.server.Users()); n != 1 {
		t.Errorf("%d users exist, want only bob", n)
	}
}

func TestOwnerSetsAPassword(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.signUp(t, email)
	set := func(to string, permanent bool) error {
		_, err := p.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: aws.String(poolID), Username: aws.String(email), Password: &to, Permanent: permanent})
		return err
	}
	wantError(t, "a weak one", set("short", true), "InvalidPasswordException", "Password did not conform with password policy: Password not long enough")
	ok(t, "a permanent one", set(nextPassword, true))
	p.login(t, email, nextPassword)
	ok(t, "a temporary one", set(password, false))
	out, err := p.tryPassword(t.Context(), email, password)
	ok(t, "InitiateAuth", err)
	if out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
		t.Errorf("challenge = %q, want NEW_PASSWORD_REQUIRED", out.ChallengeName)
	}
}

func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	p.disable(t, email)
	_, err := p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: r.AccessToken})
	wantError(t, "GetUser", err, "NotAuthorizedException", "Access Token has been revoked")
	access, _, err := p.server.Issue(email)
	ok(t, "Issue", err)
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &access})
	wantError(t, "GetUser with a fresh token", err, "NotAuthorizedException", "User is disabled.")
	_, err = p.AdminEnableUser(t.Context(), &cip.AdminEnableUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
	ok(t, "AdminEnableUser", err)
	p.login(t, email, password)
}

func TestAdminSignIn(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *configuration) { c.NoPasswordAuth = true })
	p.confirmed(t, email)
	try := func(poolID, flow string) (*cip.AdminInitiateAuthOutput, error) {
		return p.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
			UserPoolId: &poolID, ClientId: aws.String(clientID), AuthFlow: types.AuthFlowType(flow),
			AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
		})
	}
	out, err := try(poolID, "ADMIN_USER_PASSWORD_AUTH")
	ok(t, "ADMIN_USER_PASSWORD_AUTH", err)
	if out.AuthenticationResult == nil {
		t.Error("ADMIN_USER_PASSWORD_AUTH answered no tokens")
	}
	_, err = try("us-east-2_Other", "ADMIN_USER_PASSWORD_AUTH")
	wantError(t, "another pool", err, "ResourceNotFoundException", "User pool us-east-2_Other does not exist.")
	_, err = try(poolID, "USER_PASSWORD_AUTH")
	wantError(t, "the users' flow", err, "InvalidParameterException", "Initiate Auth method not supported.")
	_, err = p.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
		UserPoolId: aws.String(poolID), ClientId: aws.String(clientID), ChallengeName: types.ChallengeNameTypeSoftwareTokenMfa, Session: aws.String("12345678901234567890"),
	})
	wantError(t, "an unknown session", err, "NotAuthorizedException", "Invalid session for the user.")
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	p := newPool(t, withLambda(newLambda(), cognitotest.PreSignUp, cognitotest.CustomEmailSender), func(c *configuration) {
		c.KMSKeyID = "arn:aws:kms:us-east-2:000000000000:key/k"
		c.Rotation.On, c.Rotation.Grace = true, 30*time.Second
	})
	p.signUp(t, email)
	out, err := p.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: aws.String(poolID)})
	ok(t, "DescribeUserPool", err)
	up := out.UserPool
	if *up.LambdaConfig.PreSignUp != "arn:aws:lambda:us-east-2:000000000000:function:PreSignUp" || *up.LambdaConfig.KMSKeyID != "arn:aws:kms:us-east-2:000000000000:key/k" ||
		*up.LambdaConfig.CustomEmailSender.LambdaArn != "arn:aws:lambda:us-east-2:000000000000:function:CustomEmailSender" {
		t.Errorf("triggers = %+v", up.LambdaConfig)
	}
	if up.MfaConfiguration != "OPTIONAL" || *up.Policies.PasswordPolicy.MinimumLength != 12 || up.EstimatedNumberOfUsers != 1 || *up.UsernameConfiguration.CaseSensitive {
		t.Errorf("pool = MFA %s, minimum %d, %d users", up.MfaConfiguration, *up.Policies.PasswordPolicy.MinimumLength, up.EstimatedNumberOfUsers)
	}
	if got := up.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate; len(got) != 1 || got[0] != "email" {
		t.Errorf("kept until verified = %v, want email", got)
	}
	client, err := p.DescribeUserPoolClient(t.Context(), &cip.DescribeUserPoolClientInput{UserPoolId: aws.String(poolID), ClientId: aws.String(clientID)})
	ok(t, "DescribeUserPoolClient", err)
	c := client.UserPoolClient
	if c.ClientSecret != nil || cmp.Diff([]string{"email", "name"}, c.WriteAttributes) != "" || c.PreventUserExistenceErrors != "ENABLED" {
		t.Errorf("client = secret %v, writes %v, existence %s", c.ClientSecret, c.WriteAttributes, c.PreventUserExistenceErrors)
	}
	if c.RefreshTokenRotation == nil || *c.RefreshTokenRotation.RetryGracePeriodSeconds != 30 {
		t.Errorf("rotation = %+v, want a grace of 30 s", c.RefreshTokenRotation)
	}
	for _, flow := range c.ExplicitAuthFlows {
		if flow == "ALLOW_REFRESH_TOKEN_AUTH" {
			t.Error("rotation and ALLOW_REFRESH_TOKEN_AUTH are shown together")
		}
	}
	_, err = p.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: aws.String("us-east-2_Other")})
	wantError(t, "another pool", err, "ResourceNotFoundException", "User pool us-east-2_Other does not exist.")
}

// The owner's operations are closed to callers without AWS credentials, whatever
// they send.
func TestOwnersOperationsNeedASignature(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	for _, name := range []string{
		"AdminGetUser", "AdminUpdateUserAttributes", "AdminCreateUser", "AdminConfirmSignUp", "AdminSetUserPassword", "AdminDeleteUser", "AdminDisableUser",
		"AdminEnableUser", "AdminUserGlobalSignOut", "AdminLinkProviderForUser", "AdminInitiateAuth", "AdminRespondToAuthChallenge", "ListUsers", "DescribeUserPool", "DescribeUserPoolClient",
	} {
		t.Run(name, func(t *testing.T) {
			res, body := p.post(t, name, `{"UserPoolId":"`+poolID+`","Username":"`+email+`"}`, nil)
			if res.StatusCode != http.StatusBadRequest || asObject(t, body)["__type"] != "MissingAuthenticationTokenException" {
				t.Errorf("unsigned %s: %d %s, want 400 MissingAuthenticationTokenException", name, res.StatusCode, body)
			}
		})
	}
}
