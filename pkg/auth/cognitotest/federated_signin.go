package cognitotest

import (
	"context"
	"errors"
	"maps"
)

// federatedMessage is the text of the redirect. Behind a trigger's error Cognito
// leaves a blank.
func federatedMessage(err error) string {
	var e *apiError
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.kind == "UserLambdaValidationException" {
		return e.message + " "
	}
	return e.message
}

// federatedSignIn returns the user whom the provider vouches for: the one who has
// the identity, or a new one if the trigger allows it.
func (s *Server) federatedSignIn(ctx context.Context, provider string, p profile) (user, error) {
	u, known := s.users.owner(provider, p.subject)
	if !known {
		return s.federatedSignUp(ctx, provider, p)
	}
	if u.Disabled {
		return user{}, errDisabled()
	}
	return s.remap(u, p)
}

// remap writes the provider's attributes over the user's, as Cognito does at each
// federated sign-in. An address that is another user's is left out.
func (s *Server) remap(u user, p profile) (user, error) {
	write := func(attributes map[string]string) (user, error) {
		return s.users.update(u.Username, func(u *user) error {
			maps.Copy(u.Attributes, attributes)
			u.Modified = s.now()
			return nil
		})
	}
	attributes := p.attributes()
	if next, err := write(attributes); err == nil {
		return next, nil
	}
	delete(attributes, "email")
	delete(attributes, "email_verified")
	return write(attributes)
}

// federatedSignUp makes a user of a new identity. The trigger may refuse it, or
// link it to another user.
func (s *Server) federatedSignUp(ctx context.Context, provider string, p profile) (user, error) {
	name := federatedName(provider, p.subject)
	seen := p.attributes()
	seen["cognito:email_alias"], seen["cognito:phone_number_alias"] = "", ""
	_, err := s.preSignUp(ctx, "PreSignUp_ExternalProvider", user{Username: name}, preSignUpRequest{
		UserAttributes: seen, ValidationData: map[string]string{},
	}, s.cfg.ClientID)
	if err != nil {
		return user{}, err
	}
	if linked, ok := s.users.owner(provider, p.subject); ok {
		if !s.cfg.LinkInPlace {
			return user{}, errParameter("Already found an entry for username " + name)
		}
		return s.remap(linked, p)
	}
	return s.createFederated(ctx, name, provider, p)
}

func (s *Server) createFederated(ctx context.Context, name, provider string, p profile) (user, error) {
	sub, err := s.random.uuid()
	if err != nil {
		return user{}, err
	}
	u := user{
		Username: name, Sub: sub, Status: StatusExternalProvider, Attributes: p.attributes(),
		Created: s.now(), Modified: s.now(),
		Identities: []identity{s.newIdentity(provider, p.subject, true)},
	}
	if err := s.users.insert(u); err != nil {
		return user{}, errParameter("Already found an entry for username " + name)
	}
	return u, s.postConfirmation(ctx, confirmSource, u, s.cfg.ClientID, nil)
}
