package cognitotest

import (
	"context"
	"strings"
)

// authRequest is InitiateAuth, and AdminInitiateAuth with the pool's id.
type authRequest struct {
	UserPoolID     string `json:"UserPoolId"`
	ClientID       string `json:"ClientId"`
	AuthFlow       string
	AuthParameters map[string]string
	ClientMetadata map[string]string
}

// initiateAuth starts a sign-in, or refreshes one.
func (s *Server) initiateAuth(ctx context.Context, in authRequest) (any, error) {
	if err := s.checkClient(in.ClientID); err != nil {
		return nil, err
	}
	switch in.AuthFlow {
	case "USER_SRP_AUTH":
		return s.startSRP(in)
	case "USER_PASSWORD_AUTH":
		if s.cfg.NoPasswordAuth {
			return nil, errFlow(in.AuthFlow)
		}
		return s.passwordAuth(ctx, in)
	case "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN":
		if s.cfg.Rotation.On {
			return nil, errFlow("REFRESH_TOKEN_AUTH")
		}
		return s.refreshAuth(in)
	case "CUSTOM_AUTH", "USER_AUTH":
		return nil, errFlow(in.AuthFlow)
	}
	return nil, errParameter("1 validation error detected: Value '" + in.AuthFlow + "' at 'authFlow' failed to satisfy constraint: " +
		"Member must satisfy enum value set: [USER_SRP_AUTH, USER_PASSWORD_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, USER_AUTH]")
}

// adminInitiateAuth signs a user in with the owner's rights.
func (s *Server) adminInitiateAuth(ctx context.Context, in authRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	switch in.AuthFlow {
	case "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH":
		if err := s.checkClient(in.ClientID); err != nil {
			return nil, err
		}
		return s.passwordAuth(ctx, in)
	case "USER_PASSWORD_AUTH":
		return nil, errParameter("Initiate Auth method not supported.")
	}
	return s.initiateAuth(ctx, in)
}

func errFlow(flow string) error {
	return errParameter(flow + " flow not enabled for this client")
}

// parameter returns a required entry of AuthParameters or ChallengeResponses.
func parameter(m map[string]string, name string) (string, error) {
	if m[name] == "" {
		return "", errParameter("Missing required parameter " + name)
	}
	return m[name], nil
}

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
	ok := u.native() && proved()
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

// lower is how a case-insensitive pool compares what people sign in with.
func lower(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
