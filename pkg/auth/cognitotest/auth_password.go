package cognitotest

import "context"

// passwordAuth signs in with the password itself. It is the flow that lets the
// migration trigger see it.
func (s *Server) passwordAuth(ctx context.Context, in authRequest) (any, error) {
	login, err := parameter(in.AuthParameters, "USERNAME")
	if err != nil {
		return nil, err
	}
	password, err := parameter(in.AuthParameters, "PASSWORD")
	if err != nil {
		return nil, err
	}
	u, err := s.authenticate(ctx, in, login, password)
	if err != nil {
		return nil, err
	}
	return s.afterPassword(u)
}

// authenticate returns the user who signs in with this password. Someone whom the
// pool does not know may be migrated.
func (s *Server) authenticate(ctx context.Context, in authRequest, login, password string) (user, error) {
	u, ok := s.users.find(login)
	if !ok {
		return s.migrateSignIn(ctx, in, login, password)
	}
	return u, s.checkSignIn(u, func() bool { return s.passwordMatches(u, password) })
}

// checkSignIn applies the lockout around a proof of the password.
func (s *Server) checkSignIn(u user, proved func() bool) error {
	if u.Disabled {
		return errDisabled()
	}
	if err := u.Lock.check(s.now()); err != nil {
		return err
	}
	ok := proved()
	_, err := s.users.update(u.Username, func(u *user) error {
		if ok {
			u.Lock = lockout{}
		} else {
			u.Lock.failed(s.now())
		}
		return nil
	})
	if err == nil && !ok {
		return errCredentials()
	}
	return err
}

// afterPassword decides what stands between a proved password and the tokens.
func (s *Server) afterPassword(u user) (any, error) {
	switch u.Status {
	case StatusUnconfirmed:
		return nil, fail("UserNotConfirmedException", "User is not confirmed.")
	case StatusResetRequired:
		return nil, fail("PasswordResetRequiredException", "Password reset required for the user")
	case StatusForceChangePassword:
		return s.askNewPassword(u)
	}
	if u.TOTP.Enabled {
		return s.askTOTP(u)
	}
	if s.cfg.RequireMFA {
		return s.askSetup(u)
	}
	return s.finish(u)
}

// finish answers the tokens of a sign-in through the API.
func (s *Server) finish(u user) (any, error) {
	r, err := s.signIn(u, grant{Scope: scopeAdmin})
	if err != nil {
		return nil, err
	}
	return signedIn(r), nil
}
