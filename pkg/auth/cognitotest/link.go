package cognitotest

import (
	"context"
)

// linkLimit is how many identities one user may have linked.
const linkLimit = 5

type linkRequest struct {
	UserPoolID      string `json:"UserPoolId"`
	DestinationUser providerUser
	SourceUser      providerUser
}

type providerUser struct{ ProviderName, ProviderAttributeName, ProviderAttributeValue string }

// adminLinkProviderForUser lets an identity that never signed in sign in as a user
// of the pool.
func (s *Server) adminLinkProviderForUser(_ context.Context, in linkRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	provider := in.SourceUser.ProviderName
	if provider != ProviderGoogle && provider != ProviderApple {
		return nil, errParameter("Invalid SourceUser: Provider " + provider + " does not exist.")
	}
	if in.SourceUser.ProviderAttributeName != "Cognito_Subject" {
		return nil, errParameter("Invalid SourceUser: ProviderAttributeName must be Cognito_Subject.")
	}
	if in.DestinationUser.ProviderName != "Cognito" {
		return nil, errParameter("Invalid DestinationUser: ProviderName must be Cognito.")
	}
	target, ok := s.users.find(in.DestinationUser.ProviderAttributeValue)
	if !ok {
		return nil, errUserNotFound()
	}
	subject := in.SourceUser.ProviderAttributeValue
	if err := s.linkable(provider, subject); err != nil {
		return nil, err
	}
	_, err := s.users.update(target.Username, func(u *user) error {
		if u.holds(provider, subject) {
			return errLinked()
		}
		if len(u.Identities) >= linkLimit {
			return fail("LimitExceededException", "The user has reached the maximum number of linked identities.")
		}
		u.Identities = append(u.Identities, s.newIdentity(provider, subject, false))
		u.Modified = s.now()
		return nil
	})
	return struct{}{}, err
}

// linkable refuses an identity that has an owner already.
func (s *Server) linkable(provider, subject string) error {
	owner, taken := s.users.owner(provider, subject)
	switch {
	case !taken:
		return nil
	case !owner.native():
		return errParameter("Merging is not currently supported, provide a SourceUser that has not been signed up in order to link")
	}
	return errLinked()
}

func errLinked() error { return errParameter("SourceUser is already linked to DestinationUser") }
