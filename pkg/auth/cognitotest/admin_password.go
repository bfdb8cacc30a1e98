package cognitotest

import (
	"context"
	"time"
)

// temporary checks the owner's temporary password or makes one that fits the
// policy.
func (s *Server) temporary(password string) (string, error) {
	if password != "" {
		return password, checkPassword(policyAdmin, password)
	}
	random, err := s.random.token(9)
	if err != nil {
		return "", err
	}
	return random + "&aA1<", nil
}

type setPasswordRequest struct {
	UserPoolID string `json:"UserPoolId"`
	Username   string
	Password   string
	Permanent  bool
}

// adminSetUserPassword sets a password for anyone: permanent, or temporary.
func (s *Server) adminSetUserPassword(_ context.Context, in setPasswordRequest) (any, error) {
	u, err := s.adminFind(adminTarget{UserPoolID: in.UserPoolID, Username: in.Username})
	if err != nil {
		return nil, err
	}
	if err := checkPassword(policyAdmin, in.Password); err != nil {
		return nil, err
	}
	status := StatusForceChangePassword
	if in.Permanent {
		status = StatusConfirmed
	}
	_, err = s.setPassword(u.Username, in.Password, status)
	return struct{}{}, err
}

// setPassword stores a password with the status it brings.
func (s *Server) setPassword(username, password, status string) (user, error) {
	v, err := s.verifier(username, password)
	if err != nil {
		return user{}, err
	}
	return s.users.update(username, func(u *user) error {
		u.Password, u.Status, u.Modified = v, status, s.now()
		u.TemporaryUntil = time.Time{}
		if status == StatusForceChangePassword {
			u.TemporaryUntil = s.now().Add(temporaryLifetime)
		}
		return nil
	})
}
