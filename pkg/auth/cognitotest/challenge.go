package cognitotest

import (
	"context"
	"time"

	"callanalyst/pkg/auth/cognitotest/srp"
)

// The challenges of a sign-in.
const (
	challengePassword    = "PASSWORD_VERIFIER"
	challengeTOTP        = "SOFTWARE_TOKEN_MFA"
	challengeNewPassword = "NEW_PASSWORD_REQUIRED"
	challengeSetup       = "MFA_SETUP"
)

// sessionLifetime is how long a challenge may be answered.
const sessionLifetime = 3 * time.Minute

// sessionSize is the length of a session in bytes, before it is encoded.
const sessionSize = 768

// challenge is a sign-in that waits for an answer.
type challenge struct {
	name, username string
	srp            *srp.Server // of PASSWORD_VERIFIER
	verified       bool        // of MFA_SETUP: the app has proved itself
}

func (s *Server) openChallenge(id string, c challenge) {
	s.challenges.put(id, c, s.now(), s.now().Add(sessionLifetime))
}

// ask opens a challenge with a session.
func (s *Server) ask(u user, name string, parameters map[string]string) (any, error) {
	session, err := s.random.token(sessionSize)
	if err != nil {
		return nil, err
	}
	s.openChallenge(session, challenge{name: name, username: u.Username})
	parameters["USER_ID_FOR_SRP"] = u.Username
	return authResponse{ChallengeName: name, ChallengeParameters: parameters, Session: session}, nil
}

type respondRequest struct {
	ClientID           string `json:"ClientId"`
	ChallengeName      string
	ChallengeResponses map[string]string
	Session            string
	ClientMetadata     map[string]string
}

// respondToAuthChallenge answers a challenge.
func (s *Server) respondToAuthChallenge(ctx context.Context, in respondRequest) (any, error) {
	if err := s.checkClient(in.ClientID, "challengeName", in.ChallengeName); err != nil {
		return nil, err
	}
	switch in.ChallengeName {
	case challengePassword:
		return s.verifyPassword(ctx, in)
	case challengeTOTP:
		return s.answerTOTP(in)
	case challengeNewPassword:
		return s.answerNewPassword(in)
	case challengeSetup:
		return s.answerSetup(in)
	}
	return nil, errParameter("1 validation error detected: Value '" + in.ChallengeName + "' at 'challengeName' failed to satisfy constraint: " +
		"Member must satisfy enum value set: [PASSWORD_VERIFIER, SOFTWARE_TOKEN_MFA, NEW_PASSWORD_REQUIRED, MFA_SETUP]")
}

type adminRespondRequest struct {
	UserPoolID string `json:"UserPoolId"`
	respondRequest
}

// adminRespond answers a challenge of AdminInitiateAuth.
func (s *Server) adminRespond(ctx context.Context, in adminRespondRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	return s.respondToAuthChallenge(ctx, in.respondRequest)
}

// session returns the user whose open challenge of this name the session is.
func (s *Server) session(in respondRequest) (user, error) {
	c, state := s.challenges.peek(in.Session, s.now())
	if err := sessionError(state); err != nil {
		return user{}, err
	}
	u, ok := s.users.find(c.username)
	if !ok || c.name != in.ChallengeName {
		return user{}, errNotAuthorized("Invalid session for the user.")
	}
	if answered, err := parameter(in.ChallengeResponses, "USERNAME"); err != nil {
		return user{}, err
	} else if named, known := s.users.find(answered); !known || named.Username != u.Username {
		return user{}, errNotAuthorized("Invalid session for the user.")
	}
	if u.Disabled {
		return user{}, errDisabled()
	}
	return u, nil
}

// spend takes the session out of use. Of two answers at once, one wins.
func (s *Server) spend(session string) error {
	_, state := s.challenges.take(session, s.now())
	return sessionError(state)
}

func sessionError(state ticketState) error {
	switch state {
	case ticketUnknown:
		return errNotAuthorized("Invalid session for the user.")
	case ticketExpired:
		return errNotAuthorized("Invalid session for the user, session is expired.")
	case ticketUsed:
		return errNotAuthorized("Invalid session for the user, session can only be used once.")
	}
	return nil
}
