package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// SignIn is what Cognito holds of a person. Its JSON is part of an export.
type SignIn struct {
	Username   string            `json:"username"`
	Status     string            `json:"status"`
	CreatedAt  time.Time         `json:"created_at"`
	Attributes map[string]string `json:"attributes"`
}

// email returns the address if it is known to be the person's.
func (s SignIn) email() string {
	if s.Attributes["email_verified"] != "true" {
		return ""
	}
	return s.Attributes["email"]
}

// Pool is the user pool, as an operator reaches it. It is safe for concurrent use.
type Pool struct {
	Cognito interface {
		AdminGetUser(context.Context, *cognito.AdminGetUserInput, ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error)
		AdminUserGlobalSignOut(context.Context, *cognito.AdminUserGlobalSignOutInput, ...func(*cognito.Options)) (*cognito.AdminUserGlobalSignOutOutput, error)
		AdminDeleteUser(context.Context, *cognito.AdminDeleteUserInput, ...func(*cognito.Options)) (*cognito.AdminDeleteUserOutput, error)
	}
	ID string
}

// Find returns what the pool holds of p. It reports false when the user is gone,
// also when somebody new has the name: a Google user who comes back gets the old
// name and another sub.
func (l Pool) Find(ctx context.Context, p Person) (SignIn, bool, error) {
	out, err := l.Cognito.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &l.ID, Username: &p.Username})
	if gone(err) {
		return SignIn{}, false, nil
	}
	if err != nil {
		return SignIn{}, false, ErrUnavailable.With(fmt.Errorf("account: ask Cognito for %s: %w", p.Sub, err))
	}
	s := SignIn{
		Username: aws.ToString(out.Username), Status: string(out.UserStatus), CreatedAt: aws.ToTime(out.UserCreateDate), Attributes: map[string]string{},
	}
	for _, a := range out.UserAttributes {
		s.Attributes[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return s, s.Attributes["sub"] == p.Sub, nil
}

// SignOut ends every sign-in of the user: no refresh token works any more. Access
// tokens live up to an hour longer, which is what the lock in the row is for.
func (l Pool) SignOut(ctx context.Context, username string) error {
	_, err := l.Cognito.AdminUserGlobalSignOut(ctx, &cognito.AdminUserGlobalSignOutInput{UserPoolId: &l.ID, Username: &username})
	if err == nil || gone(err) {
		return nil
	}
	return fmt.Errorf("account: sign out: %w", err)
}

// Delete deletes the user.
func (l Pool) Delete(ctx context.Context, username string) error {
	_, err := l.Cognito.AdminDeleteUser(ctx, &cognito.AdminDeleteUserInput{UserPoolId: &l.ID, Username: &username})
	if err == nil || gone(err) {
		return nil
	}
	return fmt.Errorf("account: delete the user: %w", err)
}

func gone(err error) bool {
	var e *types.UserNotFoundException
	return errors.As(err, &e)
}
