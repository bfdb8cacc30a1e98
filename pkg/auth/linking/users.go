package linking

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"golang.org/x/sync/errgroup"
)

// Users asks the pool.
type Users struct {
	Cognito interface {
		AdminGetUser(context.Context, *cognito.AdminGetUserInput, ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error)
		ListUsers(context.Context, *cognito.ListUsersInput, ...func(*cognito.Options)) (*cognito.ListUsersOutput, error)
		AdminLinkProviderForUser(context.Context, *cognito.AdminLinkProviderForUserInput, ...func(*cognito.Options)) (*cognito.AdminLinkProviderForUserOutput, error)
	}
}

// Holders implements what Policy asks for. The pool's own user is asked for by
// the address as a login, which does not mind its case and is up to date; the
// filter of a list does and is not, but is the only way to find a provider's.
func (u Users) Holders(ctx context.Context, poolID, email string) ([]Account, error) {
	var own, listed []Account
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		own, err = u.login(ctx, poolID, email)
		return err
	})
	g.Go(func() (err error) {
		listed, err = u.Federated(ctx, poolID, email)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, a := range listed {
		if len(own) == 0 || own[0].Username != a.Username {
			own = append(own, a)
		}
	}
	return own, nil
}

// login returns the user who signs in with the address.
func (u Users) login(ctx context.Context, poolID, email string) ([]Account, error) {
	out, err := u.Cognito.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &poolID, Username: &email})
	var nobody *types.UserNotFoundException
	switch {
	case errors.As(err, &nobody):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("linking: ask for a user: %w", err)
	}
	return []Account{{
		Username: aws.ToString(out.Username), Status: string(out.UserStatus), Enabled: out.Enabled,
		Verified: verified(out.UserAttributes),
	}}, nil
}

// Federated implements what Policy asks for. It returns whoever the filter finds,
// also the pool's own users.
func (u Users) Federated(ctx context.Context, poolID, email string) ([]Account, error) {
	var all []Account
	seen := map[string]bool{}
	for _, spelling := range []string{email, strings.ToLower(email)} {
		if seen["="+spelling] {
			continue
		}
		seen["="+spelling] = true
		out, err := u.Cognito.ListUsers(ctx, &cognito.ListUsersInput{UserPoolId: &poolID, Filter: aws.String(filter(spelling))})
		if err != nil {
			return nil, fmt.Errorf("linking: list users: %w", err)
		}
		for _, x := range out.Users {
			a := Account{
				Username: aws.ToString(x.Username), Status: string(x.UserStatus), Enabled: x.Enabled, Verified: verified(x.Attributes),
			}
			if !seen[a.Username] {
				all = append(all, a)
			}
			seen[a.Username] = true
		}
	}
	return all, nil
}

// filter asks for the address exactly. What would end the text in the filter's
// language is escaped: the address is a stranger's.
func filter(email string) string {
	return `email = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(email) + `"`
}

func verified(attributes []types.AttributeType) bool {
	for _, a := range attributes {
		if aws.ToString(a.Name) == "email_verified" {
			return aws.ToString(a.Value) == "true"
		}
	}
	return false
}

// Link implements what Policy asks for.
func (u Users) Link(ctx context.Context, poolID, username string, id Identity) error {
	_, err := u.Cognito.AdminLinkProviderForUser(ctx, &cognito.AdminLinkProviderForUserInput{
		UserPoolId:      &poolID,
		DestinationUser: &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeValue: &username},
		SourceUser: &types.ProviderUserIdentifierType{
			ProviderName: &id.Provider, ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: &id.Subject,
		},
	})
	var wrong *types.InvalidParameterException
	var limit *types.LimitExceededException
	switch {
	case err == nil, errors.As(err, &wrong) && strings.Contains(wrong.ErrorMessage(), "already linked"):
		return nil // another run of the trigger was first
	case errors.As(err, &limit):
		return ErrRefused.With(fmt.Errorf("linking: link %s: %w", username, err))
	}
	return ErrUnavailable.With(fmt.Errorf("linking: link %s: %w", username, err))
}
