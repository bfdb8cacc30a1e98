package cognitotest

import (
	"context"
	"time"
)

type forgotRequest struct {
	ClientID       string `json:"ClientId"`
	Username       string
	ClientMetadata map[string]string
}

// forgotPassword sends a code. Users who do not exist, are disabled or have no
// verified address get the same answer and no mail.
func (s *Server) forgotPassword(ctx context.Context, in forgotRequest) (any, error) {
	if err := s.checkClient(in.ClientID, "username", in.Username); err != nil {
		return nil, err
	}
	u, ok := s.users.find(in.Username)
	if !ok {
		var err error
		if u, ok, err = s.migrateForgotten(ctx, in); err != nil {
			return nil, err
		}
	}
	if ok && u.Status == StatusForceChangePassword {
		return nil, errNotAuthorized("User password cannot be reset in the current state.")
	}
	if !ok || !mayReset(u) {
		return codeSent{deliveryTo(in.Username)}, nil
	}
	if err := s.countAttempt(u, "ForgotPassword", limitForgot); err != nil {
		return nil, err
	}
	u, plain, err := s.issueCode(u.Username, resetPassword)
	if err != nil {
		return nil, err
	}
	s.send(ctx, letter{source: sourceForgotPassword, user: u, clientID: in.ClientID, code: plain})
	return codeSent{deliveryTo(u.email())}, nil
}

// mayReset reports whether u can receive a code and has a password to replace.
func mayReset(u user) bool {
	return !u.Disabled && u.native() && u.emailVerified() &&
		(u.Status == StatusConfirmed || u.Status == StatusResetRequired)
}

type confirmForgotRequest struct {
	ClientID         string `json:"ClientId"`
	Username         string
	ConfirmationCode string
	Password         string
	ClientMetadata   map[string]string
}

// confirmForgotPassword spends the code and sets the password.
func (s *Server) confirmForgotPassword(ctx context.Context, in confirmForgotRequest) (any, error) {
	err := s.checkClient(in.ClientID, "username", in.Username, "confirmationCode", in.ConfirmationCode, "password", in.Password)
	if err != nil {
		return nil, err
	}
	if err := checkPassword(policyChange, in.Password); err != nil {
		return nil, err
	}
	u, ok := s.users.find(in.Username)
	if !ok || u.Disabled {
		return nil, errCodeMismatch()
	}
	if err := s.countAttempt(u, "ConfirmForgotPassword", limitConfirmReset); err != nil {
		return nil, err
	}
	v, err := s.verifier(u.Username, in.Password)
	if err != nil {
		return nil, err
	}
	u, err = s.users.update(u.Username, func(u *user) error {
		if err := s.useCode(u, resetPassword, in.ConfirmationCode); err != nil {
			return err
		}
		u.Password, u.TemporaryUntil, u.Lock = v, time.Time{}, lockout{}
		u.Status, u.Modified = StatusConfirmed, s.now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.postConfirmation(ctx, resetSource, u, in.ClientID, in.ClientMetadata)
}
