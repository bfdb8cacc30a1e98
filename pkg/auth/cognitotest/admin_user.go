package cognitotest

import (
	"context"
)

// adminTarget names a user to the pool's owner.
type adminTarget struct {
	UserPoolID     string `json:"UserPoolId"`
	Username       string
	ClientMetadata map[string]string
}

// adminFind returns the user, or says that there is none: an owner may know.
func (s *Server) adminFind(in adminTarget) (user, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return user{}, err
	}
	u, ok := s.users.find(in.Username)
	if !ok {
		return user{}, errUserNotFound()
	}
	return u, nil
}

type adminUser struct {
	Enabled              bool
	PreferredMfaSetting  string `json:",omitempty"`
	UserAttributes       []attribute
	UserCreateDate       epoch
	UserLastModifiedDate epoch
	UserMFASettingList   []string `json:",omitempty"`
	UserStatus           string
	Username             string
}

func (s *Server) adminGetUser(_ context.Context, in adminTarget) (any, error) {
	u, err := s.adminFind(in)
	if err != nil {
		return nil, err
	}
	return adminUser{
		Enabled: !u.Disabled, Username: u.Username, UserStatus: u.Status,
		UserAttributes: u.listAttributes(), UserCreateDate: epoch(u.Created), UserLastModifiedDate: epoch(u.Modified),
		UserMFASettingList: u.mfaSettings(), PreferredMfaSetting: u.preferredMFA(),
	}, nil
}

type adminUpdateRequest struct {
	adminTarget
	UserAttributes []attribute
}

// adminUpdateUserAttributes writes any attribute of the schema. A new address is
// unverified unless the owner says otherwise, and then gets a code.
func (s *Server) adminUpdateUserAttributes(ctx context.Context, in adminUpdateRequest) (any, error) {
	u, err := s.adminFind(in.adminTarget)
	if err != nil {
		return nil, err
	}
	if err := checkSchema(in.UserAttributes); err != nil {
		return nil, err
	}
	changes := attributeMap(in.UserAttributes)
	email, moved := changes["email"]
	moved = moved && email != u.email()
	if _, said := changes["email_verified"]; moved && !said {
		changes["email_verified"] = "false"
	}
	plain := ""
	u, err = s.users.update(u.Username, func(u *user) error {
		for name, value := range changes {
			u.Attributes[name] = value
		}
		u.Modified = s.now()
		if moved && !u.emailVerified() {
			plain, err = s.newCode(u, verifyAttribute)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if plain != "" {
		s.send(ctx, letter{source: sourceUpdateAttribute, user: u, code: plain})
	}
	return struct{}{}, nil
}
