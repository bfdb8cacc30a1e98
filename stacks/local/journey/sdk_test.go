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
	if err == nil || !strings.Contains(err.Error(), "Access Token has been revoked") {
		return fmt.Errorf("GetUser = %v, want: Access Token has been revoked", err)
	}
	return nil
}

// TestRegistrationByTheOfficialSDK registers a person with AWS's own Go client.
func TestRegistrationByTheOfficialSDK(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	s, c := newSteps(t), l.pool()
	p := person{email: "gopher@example.com"}
	s.do("SignUp", func() {
		out, err := c.SignUp(t.Context(), &cognito.SignUpInput{
			ClientId: aws.String(stack.ClientID), Username: &p.email, Password: aws.String(password), ClientMetadata: terms,
			UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &p.email}},
		})
		if err != nil {
			t.Fatal(err)
		}
		p.sub = aws.ToString(out.UserSub)
	})
	s.do("ConfirmSignUp", func() {
		code := l.code(p.email, 1)
		if _, err := c.ConfirmSignUp(t.Context(), &cognito.ConfirmSignUpInput{ClientId: aws.String(stack.ClientID), Username: &p.email, ConfirmationCode: &code}); err != nil {
			t.Fatal(err)
		}
	})
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
