package cognitotest

import "context"

type changeRequest struct{ AccessToken, PreviousPassword, ProposedPassword string }

// changePassword replaces the caller's password. What was issued before stays
// valid.
func (s *Server) changePassword(_ context.Context, in changeRequest) (any, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := checkPassword(policyChange, in.ProposedPassword); err != nil {
		return nil, err
	}
	if err := s.countAttempt(u, "ChangePassword", limitChange); err != nil {
		return nil, err
	}
	if !s.passwordMatches(u, in.PreviousPassword) {
		return nil, errCredentials()
	}
	v, err := s.verifier(u.Username, in.ProposedPassword)
	if err != nil {
		return nil, err
	}
	_, err = s.users.update(u.Username, func(u *user) error {
		u.Password, u.Modified = v, s.now()
		return nil
	})
	return struct{}{}, err
}
