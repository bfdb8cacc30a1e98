package cognitotest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func TestSignUpConfirmSignIn(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	p.login(t, "ADA@example.com", password)
	user, err := p.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
	ok(t, "AdminGetUser", err)
	if *user.Username != sub || user.UserStatus != "CONFIRMED" {
		t.Errorf("AdminGetUser = %s %s, want %s CONFIRMED", *user.Username, user.UserStatus, sub)
	}
}
