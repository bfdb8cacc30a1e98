package cognitotest

import (
	"context"
	"maps"
)

type createRequest struct {
	UserPoolID         string `json:"UserPoolId"`
	Username           string
	TemporaryPassword  string
	MessageAction      string
	ForceAliasCreation bool
	UserAttributes     []attribute
	ValidationData     []attribute
	ClientMetadata     map[string]string
}

// listedUser is a user as AdminCreateUser and ListUsers show one.
type listedUser struct {
	Attributes           []attribute
	Enabled              bool
	UserCreateDate       epoch
	UserLastModifiedDate epoch
	UserStatus           string
	Username             string
}

func (u user) listed() listedUser {
	return listedUser{
		Attributes: u.listAttributes(), Enabled: !u.Disabled, UserStatus: u.Status, Username: u.Username,
		UserCreateDate: epoch(u.Created), UserLastModifiedDate: epoch(u.Modified),
	}
}

type createResponse struct{ User listedUser }

// adminCreateUser invites a user, who gets a temporary password by mail unless the
// owner suppresses it.
func (s *Server) adminCreateUser(ctx context.Context, in createRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	if in.MessageAction == "RESEND" {
		return s.inviteAgain(ctx, in)
	}
	if !isEmail(in.Username) {
		return nil, errParameter("Username should be an email.")
	}
	if err := checkSchema(in.UserAttributes); err != nil {
		return nil, err
	}
	password, err := s.temporary(in.TemporaryPassword)
	if err != nil {
		return nil, err
	}
	u, err := s.newUser(in.Username, password, StatusForceChangePassword, in.UserAttributes)
	if err != nil {
		return nil, err
	}
	u.TemporaryUntil = s.now().Add(temporaryLifetime)
	// The trigger may refuse, but its flags are ignored for an invited user.
	if _, err := s.preSignUp(ctx, "PreSignUp_AdminCreateUser", u, preSignUpRequest{
		UserAttributes: maps.Clone(u.Attributes), ClientMetadata: in.ClientMetadata,
		ValidationData: optionalMap(in.ValidationData),
	}, ""); err != nil {
		return nil, err
	}
	if err := s.users.insert(u); err != nil {
		return nil, err
	}
	if in.MessageAction != "SUPPRESS" {
		s.send(ctx, letter{source: sourceAdminCreateUser, user: u, code: password})
	}
	return createResponse{u.listed()}, nil
}

// inviteAgain sends a new temporary password to a user who never used the first.
func (s *Server) inviteAgain(ctx context.Context, in createRequest) (any, error) {
	u, ok := s.users.find(in.Username)
	if !ok {
		return nil, errUserNotFound()
	}
	if u.Status != StatusForceChangePassword {
		return nil, fail("UnsupportedUserStateException", "Resend not possible. "+u.Username+" status is not FORCE_CHANGE_PASSWORD")
	}
	password, err := s.temporary(in.TemporaryPassword)
	if err != nil {
		return nil, err
	}
	u, err = s.setPassword(u.Username, password, StatusForceChangePassword)
	if err != nil {
		return nil, err
	}
	s.send(ctx, letter{source: sourceAdminCreateUser, user: u, code: password})
	return createResponse{u.listed()}, nil
}
