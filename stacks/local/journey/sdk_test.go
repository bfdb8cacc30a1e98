package journey_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/stacks/local/stack"
)

// pool returns the official Go client of the pool, without credentials: a person
// has none.
func (l *local) pool() *cognito.Client {
	return cognito.New(cognito.Options{Region: "us-east-2", BaseEndpoint: aws.String(l.URL("aws")), Credentials: aws.AnonymousCredentials{}})
}

// revoked is nil when Cognito's own API refuses the access token.
func (l *local) revoked(token string) error {
	_, err := l.pool().GetUser(l.t.Context(), &cognito.GetUserInput{AccessToken: &token})
	if got := fmt.Sprint(err); !strings.Contains(got, "Access Token has been revoked") {
		return fmt.Errorf("GetUser = %s, want: Access Token has been revoked", got)
	}
	return nil
}

// dead is nil when the refresh token gives nothing any more.
func (l *local) dead(refresh string) error {
	_, err := l.refresh(refresh)
	if got := fmt.Sprint(err); !strings.Contains(got, "Refresh Token has been revoked") {
		return fmt.Errorf("InitiateAuth = %s, want: Refresh Token has been revoked", got)
	}
	return nil
}

// refresh exchanges a refresh token. amazon-cognito-identity-js would try a
// refused one again for seconds.
func (l *local) refresh(token string) (*types.AuthenticationResultType, error) {
	out, err := l.pool().InitiateAuth(l.t.Context(), &cognito.InitiateAuthInput{
		ClientId: aws.String(stack.ClientID), AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": token},
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// signUp registers a person who has accepted the terms, and keeps the sub.
func (l *local) signUp(p *person) error {
	out, err := l.pool().SignUp(l.t.Context(), &cognito.SignUpInput{
		ClientId: aws.String(stack.ClientID), Username: &p.email, Password: aws.String(password), ClientMetadata: terms,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &p.email}},
	})
	if err == nil {
		p.sub = aws.ToString(out.UserSub)
	}
	return err
}

// confirm confirms a person with a code.
func (l *local) confirm(p person, code string) error {
	_, err := l.pool().ConfirmSignUp(l.t.Context(), &cognito.ConfirmSignUpInput{ClientId: aws.String(stack.ClientID), Username: &p.email, ConfirmationCode: &code})
	return err
}

// TestRegistrationByTheOfficialSDK registers a person with AWS's own Go client.
func TestRegistrationByTheOfficialSDK(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	s, c := newSteps(t), l.pool()
	p := person{email: "gopher@example.com"}
	s.check("SignUp", func() error { return l.signUp(&p) })
	var code string
	s.do("read the code in the inbox", func() { code = l.code(p.email, 1) })
	s.check("ConfirmSignUp", func() error { return l.confirm(p, code) })
	s.do("InitiateAuth and GetUser", func() {
		out, err := c.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
			ClientId: aws.String(stack.ClientID), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": p.email, "PASSWORD": password},
		})
		if err != nil {
			t.Fatal(err)
		}
		user, err := c.GetUser(t.Context(), &cognito.GetUserInput{AccessToken: out.AuthenticationResult.AccessToken})
		if err != nil || aws.ToString(user.Username) != p.sub {
			t.Errorf("GetUser = %+v, %v, want %s", user, err, p.sub)
		}
	})
	l.settled()
	s.check("there is one of everything", func() error { return l.whole(p) })
}
