package cognitotest

import "context"

// adminTarget names a user to the pool's owner.
type adminTarget struct {
	UserPoolID     string `json:"UserPoolId"`
	Username       string
	ClientMetadata map[string]string
}

// adminFind returns the user, or says that there is none: an owner may know.
func (s *Server) adminFind(in adminTarget) (user, error) {
	if err := s.checkPool(in.UserPoolID, "username", in.Username); err != nil {
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

// adminUpdateUserAttributes writes any attribute of the schema. A new address
// that the owner does not call verified waits for its code.
func (s *Server) adminUpdateUserAttributes(ctx context.Context, in adminUpdateRequest) (any, error) {
	u, err := s.adminFind(in.adminTarget)
	if err != nil {
		return nil, err
	}
	if err := checkSchema(in.UserAttributes); err != nil {
		return nil, err
	}
	_, err = s.applyChanges(ctx, u, attributeMap(in.UserAttributes), "")
	return struct{}{}, err
}

// adminConfirmSignUp confirms a user without a code; the address stays as it is.
func (s *Server) adminConfirmSignUp(ctx context.Context, in adminTarget) (any, error) {
	u, err := s.adminFind(in)
	if err != nil {
		return nil, err
	}
	u, err = s.users.update(u.Username, func(u *user) error {
		if err := mayConfirm(*u); err != nil {
			return err
		}
		u.Status, u.Modified = StatusConfirmed, s.now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.postConfirmation(ctx, confirmSource, u, "", in.ClientMetadata)
}

// adminDeleteUser removes a user.
func (s *Server) adminDeleteUser(_ context.Context, in adminTarget) (any, error) {
	u, err := s.adminFind(in)
	if err != nil {
		return nil, err
	}
	s.erase(u.Username)
	return struct{}{}, nil
}

// adminDisableUser locks a user out and revokes all tokens.
func (s *Server) adminDisableUser(_ context.Context, in adminTarget) (any, error) {
	u, err := s.adminFind(in)
	if err != nil {
		return nil, err
	}
	s.signOut(u.Username)
	return struct{}{}, s.setDisabled(u, true)
}

// adminEnableUser lets a user in again.
func (s *Server) adminEnableUser(_ context.Context, in adminTarget) (any, error) {
	u, err := s.adminFind(in)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.setDisabled(u, false)
}

func (s *Server) setDisabled(u user, disabled bool) error {
	_, err := s.users.update(u.Username, func(u *user) error {
		u.Disabled, u.Modified = disabled, s.now()
		return nil
	})
	return err
}

// adminUserGlobalSignOut ends every sign-in of a user.
func (s *Server) adminUserGlobalSignOut(_ context.Context, in adminTarget) (any, error) {
	u, err := s.adminFind(in)
	if err != nil {
		return nil, err
	}
	s.signOut(u.Username)
	return struct{}{}, nil
}
