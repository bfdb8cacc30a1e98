package cognitotest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
)

func TestFederatedSignUpEvents(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PreSignUp, cognitotest.PostConfirmation))
	newBrowser(t, p).google()
	u := p.server.Users()[0]
	wantEvent(t, l.only(t, "PreSignUp"), `{`+head("PreSignUp_ExternalProvider", u.Username, clientID)+`,
		"request":{"userAttributes":{"email":"ada@example.com","email_verified":"true","name":"Ada","cognito:email_alias":"","cognito:phone_number_alias":""},
			"validationData":{}},`+preSignUpResponse+`}`)
	wantEvent(t, l.only(t, "PostConfirmation"), `{`+head("PostConfirmation_ConfirmSignUp", u.Username, clientID)+`,
		"request":{"userAttributes":{"sub":"`+u.Sub+`","email":"ada@example.com","email_verified":"true","name":"Ada","cognito:user_status":"EXTERNAL_PROVIDER"}},
		"response":{}}`)
	newBrowser(t, p).google()
	if n := len(l.seen("PreSignUp")) + len(l.seen("PostConfirmation")); n != 2 {
		t.Errorf("%d events after the second sign-in, want still 2", n)
	}
}

func TestFederatedSignUpRefused(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.fail("PreSignUp", "errorString", "EMAIL_EXISTS")
	p := newPool(t, withLambda(l, cognitotest.PreSignUp))
	v := newBrowser(t, p).google()
	if v.at.String() != callback || v.out.Get("error") != "invalid_request" || v.out.Get("error_description") != "PreSignUp failed with error EMAIL_EXISTS. " || v.out.Get("state") != "s1" {
		t.Errorf("returned to %s with %v, want the trigger's error with a blank behind it", v.at, v.out)
	}
	if n := len(p.server.Users()); n != 0 {
		t.Errorf("%d users exist, want none", n)
	}
}

func TestFederatedPostConfirmationFails(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.fail("PostConfirmation", "errorString", "boom")
	p := newPool(t, withLambda(l, cognitotest.PostConfirmation))
	b := newBrowser(t, p)
	if v := b.google(); v.out.Get("error_description") != "PostConfirmation failed with error boom. " {
		t.Errorf("returned with %v, want the trigger's error", v.out)
	}
	if v := b.google(); v.out.Get("code") == "" {
		t.Errorf("the next sign-in returned %v, want a code: the user exists", v.out)
	}
}

// link links the Google account of an address to a user.
func (p *pool) link(ctx context.Context, subject, login string) error {
	_, err := p.AdminLinkProviderForUser(ctx, &cip.AdminLinkProviderForUserInput{
		UserPoolId:      aws.String(poolID),
		SourceUser:      &types.ProviderUserIdentifierType{ProviderName: aws.String("Google"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: &subject},
		DestinationUser: &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeValue: &login},
	})
	return err
}

// linking is a PreSignUp function that links whoever comes to the native user.
func linking(p **pool, login string) func(context.Context, object) error {
	return func(ctx context.Context, e object) error {
		_, subject, _ := strings.Cut(e["userName"].(string), "_")
		if err := (*p).link(ctx, subject, login); err != nil {
			return &cognitotest.FunctionError{Type: "errorString", Message: err.Error()}
		}
		return nil
	}
}

func TestLinkDuringTheFirstSignIn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		inPlace bool
	}{
		{name: "fails it and lets the next one in"},
		{name: "lets it in where Cognito does", inPlace: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLambda()
			p := newPool(t, withLambda(l, cognitotest.PreSignUp), func(c *configuration) { c.LinkInPlace = tt.inPlace })
			sub := p.confirmed(t, email)
			l.functions["PreSignUp"] = linking(&p, sub)
			b := newBrowser(t, p)
			v := b.google()
			if !tt.inPlace {
				want := "Already found an entry for username Google_"
				if v.out.Get("error") != "invalid_request" || !strings.HasPrefix(v.out.Get("error_description"), want) {
					t.Fatalf("the first sign-in returned %v, want %s…", v.out, want)
				}
				v = b.google()
			}
			tokens := b.redeem(v)
			access, id := tokens["access_token"].(string), tokens["id_token"].(string)
			if c := claims(t, &access); c["sub"] != sub || c["username"] != sub {
				t.Errorf("signed in as %v %v, want the native user %s", c["sub"], c["username"], sub)
			}
			if c := claims(t, &id); c["identities"].([]any)[0].(object)["primary"] != "false" {
				t.Errorf("identities = %v, want one that is not primary", c["identities"])
			}
			users := p.server.Users()
			if len(users) != 1 || users[0].Status != "CONFIRMED" || len(users[0].Providers) != 1 || users[0].Attributes["name"] != "Ada" {
				t.Errorf("users = %+v, want one, confirmed and linked, with Google's name", users)
			}
			p.login(t, email, password)
		})
	}
}

func TestLinkRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	p.confirmed(t, "bob@example.com")
	newBrowser(t, p).google("email", "carol@example.com")
	carol := subject(p)
	ok(t, "the first link", p.link(t.Context(), "111", sub))
	tests := []struct {
		name          string
		change        func(*cip.AdminLinkProviderForUserInput)
		code, message string
	}{
		{"linked already", func(*cip.AdminLinkProviderForUserInput) {}, "InvalidParameterException", "SourceUser is already linked to DestinationUser"},
		{"linked to another", func(in *cip.AdminLinkProviderForUserInput) {
			in.DestinationUser.ProviderAttributeValue = aws.String("bob@example.com")
		}, "InvalidParameterException", "SourceUser is already linked to DestinationUser"},
		{"signed in on its own before", func(in *cip.AdminLinkProviderForUserInput) { in.SourceUser.ProviderAttributeValue = &carol }, "InvalidParameterException",
			"Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"},
		{"an unknown user", func(in *cip.AdminLinkProviderForUserInput) {
			in.DestinationUser.ProviderAttributeValue = aws.String("nobody@example.com")
		}, "UserNotFoundException", "User does not exist."},
		{"an unknown provider", func(in *cip.AdminLinkProviderForUserInput) { in.SourceUser.ProviderName = aws.String("google") }, "InvalidParameterException",
			"Invalid SourceUser: Provider google does not exist."},
		{"another attribute", func(in *cip.AdminLinkProviderForUserInput) { in.SourceUser.ProviderAttributeName = aws.String("email") }, "InvalidParameterException",
			"Invalid SourceUser: ProviderAttributeName must be Cognito_Subject."},
		{"a destination outside the pool", func(in *cip.AdminLinkProviderForUserInput) { in.DestinationUser.ProviderName = aws.String("Google") }, "InvalidParameterException",
			"Invalid DestinationUser: ProviderName must be Cognito."},
		{"another pool", func(in *cip.AdminLinkProviderForUserInput) { in.UserPoolId = aws.String("us-east-2_Other") }, "ResourceNotFoundException",
			"User pool us-east-2_Other does not exist."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := &cip.AdminLinkProviderForUserInput{
				UserPoolId:      aws.String(poolID),
				SourceUser:      &types.ProviderUserIdentifierType{ProviderName: aws.String("Google"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: aws.String("111")},
				DestinationUser: &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeValue: &sub},
			}
			tt.change(in)
			_, err := p.AdminLinkProviderForUser(t.Context(), in)
			wantError(t, tt.name, err, tt.code, tt.message)
		})
	}
	for n := range 4 {
		ok(t, "a further link", p.link(t.Context(), fmt.Sprint(200+n), sub))
	}
	wantError(t, "the sixth link", p.link(t.Context(), "300", sub), "LimitExceededException", "The user has reached the maximum number of linked identities.")
}

func TestFederatedUsersHaveNoPassword(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	newBrowser(t, p).google()
	u := p.server.Users()[0]
	for _, login := range []string{email, u.Username, u.Sub} {
		_, err := p.tryPassword(t.Context(), login, password)
		wantError(t, "password sign-in as "+login, err, "NotAuthorizedException", badLogin)
		_, err = p.trySRP(t, login, password)
		wantError(t, "SRP sign-in as "+login, err, "NotAuthorizedException", badLogin)
	}
}

// One address may belong to a native and to a federated user: nothing but a
// trigger stops the second.
func TestSameAddressTwice(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	newBrowser(t, p).google()
	if n := len(p.server.Users()); n != 2 {
		t.Fatalf("%d users exist, want 2", n)
	}
	if u, _ := p.server.User(email); u.Sub != sub {
		t.Errorf("the address finds %s, want the native user %s", u.Username, sub)
	}
	p.login(t, email, password)
}

func TestDisabledFederatedUser(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	newBrowser(t, p).google()
	p.disable(t, p.server.Users()[0].Username)
	if v := newBrowser(t, p).google(); v.out.Get("error") != "invalid_request" || v.out.Get("error_description") != "User is disabled." {
		t.Errorf("a disabled user's sign-in returned %v", v.out)
	}
}

// A linked user's address follows the provider, unless it is another user's.
func TestLinkedUsersAddressIsNotAnothers(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	p.confirmed(t, "bob@example.com")
	newBrowser(t, p).google("email", "carol@example.com")
	carol := subject(p)
	_, err := p.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: aws.String(poolID), Username: aws.String("Google_" + carol)})
	ok(t, "AdminDeleteUser", err)
	ok(t, "link", p.link(t.Context(), carol, "bob@example.com"))
	newBrowser(t, p).google("email", "carol@example.com")
	if u, _ := p.server.User("carol@example.com"); len(u.Providers) != 1 {
		t.Errorf("bob's address did not follow the provider: %+v", u)
	}
	ok(t, "ada takes bob's old address", p.administer(t, sub, "email", "bob@example.com", "email_verified", "true"))
	ok(t, "bob gets another", p.administer(t, "carol@example.com", "email", "bobby@example.com", "email_verified", "true"))
	ok(t, "ada takes carol's", p.administer(t, sub, "email", "carol@example.com", "email_verified", "true"))
	v := newBrowser(t, p).google("email", "carol@example.com", "name", "Bob")
	if v.out.Get("code") == "" {
		t.Fatalf("the sign-in returned %v, want a code", v.out)
	}
	if u, _ := p.server.User("bobby@example.com"); u.Attributes["name"] != "Bob" {
		t.Errorf("bob = %+v, want the own address kept and the name written", u.Attributes)
	}
	if u, _ := p.server.User("carol@example.com"); u.Sub != sub {
		t.Errorf("carol's address is %s's, want ada's %s", u.Sub, sub)
	}
}

// subject is the Google subject of the pool's federated user.
func subject(p *pool) string {
	for _, u := range p.server.Users() {
		if name, federated := strings.CutPrefix(u.Username, "Google_"); federated {
			return name
		}
	}
	return ""
}
