package profile

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/entitlement"
)

// Person is a signed-in user, by the names that Cognito has for one.
type Person struct {
	Sub      string // for life; every row is keyed by it
	Username string // what the admin API wants: a UUID, or Google_… and the like
}

// Users reads users from Cognito. Each read counts the user as active this month
// in Cognito's bill, so nothing but a missing row may cause one.
type Users struct {
	Cognito interface {
		AdminGetUser(context.Context, *cognito.AdminGetUserInput, ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error)
	}
	PoolID string
}

// Get returns the profile that Cognito's attributes make. It is ErrNoUser when
// the user is gone, also when somebody new has the name, and ErrDisabled of pkg/entitlement when an
// operator has locked the user there.
func (u Users) Get(ctx context.Context, p Person) (Profile, error) {
	out, err := u.Cognito.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &u.PoolID, Username: &p.Username})
	var gone *types.UserNotFoundException
	switch {
	case errors.As(err, &gone):
		return Profile{}, ErrNoUser.With(fmt.Errorf("profile: user %s: %w", p.Sub, err))
	case err != nil:
		return Profile{}, ErrUnavailable.With(fmt.Errorf("profile: ask Cognito for %s: %w", p.Sub, err))
	case !out.Enabled:
		return Profile{}, entitlement.ErrDisabled
	}
	found := FromAttributes(attributesOf(out.UserAttributes))
	if found.Sub != p.Sub {
		return Profile{}, ErrNoUser.With(fmt.Errorf("profile: user %s: the name belongs to another sub", p.Sub))
	}
	return found, nil
}

func attributesOf(list []types.AttributeType) map[string]string {
	all := make(map[string]string, len(list))
	for _, a := range list {
		all[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return all
}
