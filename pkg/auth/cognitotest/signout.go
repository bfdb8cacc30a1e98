package cognitotest

import (
	"context"
	"strings"
)

// globalSignOut ends every sign-in of the caller.
func (s *Server) globalSignOut(_ context.Context, in tokenOnly) (any, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	s.signOut(u.Username)
	return struct{}{}, nil
}

// signOut revokes all tokens of a user. Whoever verifies them without asking the
// pool accepts the access tokens until they expire.
func (s *Server) signOut(username string) {
	s.grants.revoke(func(gr grant) bool { return gr.Username == username })
}

type revokeRequest struct {
	ClientID string `json:"ClientId"`
	Token    string
}

// revokeToken ends the sign-in that a refresh token belongs to.
func (s *Server) revokeToken(_ context.Context, in revokeRequest) (any, error) {
	if err := s.checkClient(in.ClientID); err != nil {
		return nil, err
	}
	if err := s.revoke(in.Token); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

func (s *Server) revoke(token string) error {
	gr, _, ok := s.grants.find(token)
	if ok {
		s.grants.revoke(func(other grant) bool { return other.ID == gr.ID })
		return nil
	}
	if strings.Count(token, ".") == 2 {
		return fail("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
	}
	return errNotAuthorized("Invalid Refresh Token")
}
