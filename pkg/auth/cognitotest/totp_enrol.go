package cognitotest

import (
	"context"
	"encoding/base32"
)

// associateRequest is authorised by an access token, or by the session of a
// sign-in that demands an app.
type associateRequest struct{ AccessToken, Session string }

type associateResponse struct {
	SecretCode string
	Session    string `json:",omitempty"`
}

// associateSoftwareToken draws a secret for the user's app. The old app works
// until the new one is verified.
func (s *Server) associateSoftwareToken(_ context.Context, in associateRequest) (any, error) {
	u, next, err := s.enrolling(in.AccessToken, in.Session)
	if err != nil {
		return nil, err
	}
	b, err := s.random.bytes(totpSecret)
	if err != nil {
		return nil, err
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	_, err = s.users.update(u.Username, func(u *user) error {
		u.TOTP.Pending = secret
		return nil
	})
	if err != nil {
		return nil, err
	}
	session, err := next(false)
	return associateResponse{SecretCode: secret, Session: session}, err
}

type verifyTokenRequest struct {
	AccessToken, Session string
	UserCode             string
	FriendlyDeviceName   string
}

type verifyTokenResponse struct {
	Session string `json:",omitempty"`
	Status  string
}

// verifySoftwareToken proves the new secret by a code.
func (s *Server) verifySoftwareToken(_ context.Context, in verifyTokenRequest) (any, error) {
	u, next, err := s.enrolling(in.AccessToken, in.Session)
	if err != nil {
		return nil, err
	}
	_, err = s.users.update(u.Username, func(u *user) error { return s.enrol(u, in.UserCode, in.Session != "") })
	if err != nil {
		return nil, err
	}
	session, err := next(true)
	return verifyTokenResponse{Status: "SUCCESS", Session: session}, err
}

// enrol accepts the first code of a new app. During a sign-in it is switched on
// at once.
func (s *Server) enrol(u *user, plain string, on bool) error {
	if u.TOTP.Pending == "" {
		return errParameter("Software token has not been associated for the user.")
	}
	step, ok := u.TOTP.step(u.TOTP.Pending, plain, s.now())
	if !ok {
		return fail("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
	}
	u.TOTP.Secret, u.TOTP.Pending, u.TOTP.LastStep = u.TOTP.Pending, "", step
	u.TOTP.Enabled = u.TOTP.Enabled || on
	return nil
}

// enrolling returns the user of an access token, or of the session of a sign-in
// that demands an app; no other session will do, or a password alone could
// replace the app. next replaces the session, which works once.
func (s *Server) enrolling(token, session string) (u user, next func(verified bool) (string, error), err error) {
	if token != "" {
		u, err = s.bearer(token)
		return u, func(bool) (string, error) { return "", nil }, err
	}
	c, state := s.challenges.peek(session, s.now())
	if err := sessionError(state); err != nil {
		return user{}, nil, err
	}
	u, ok := s.users.find(c.username)
	if !ok || c.name != challengeSetup {
		return user{}, nil, errNotAuthorized("Invalid session for the user.")
	}
	return u, func(verified bool) (string, error) { return s.nextSetup(session, c, verified) }, nil
}

// nextSetup spends the session of a set-up and opens the one that follows.
func (s *Server) nextSetup(session string, c challenge, verified bool) (string, error) {
	if err := s.spend(session); err != nil {
		return "", err
	}
	id, err := s.random.token(sessionSize)
	if err != nil {
		return "", err
	}
	c.verified = verified
	s.openChallenge(id, c)
	return id, nil
}

// askSetup demands an app of a user who has none.
func (s *Server) askSetup(u user) (any, error) {
	return s.ask(u, challengeSetup, map[string]string{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA"]`})
}

// answerSetup goes on with the sign-in once the app is verified.
func (s *Server) answerSetup(in respondRequest) (any, error) {
	u, err := s.session(in)
	if err != nil {
		return nil, err
	}
	if c, _ := s.challenges.peek(in.Session, s.now()); !c.verified {
		return nil, errParameter("User has not set up software token mfa")
	}
	if err := s.spend(in.Session); err != nil {
		return nil, err
	}
	return s.finish(u)
}
