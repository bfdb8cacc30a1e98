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

// lower is how a case-insensitive pool compares what people sign in with.
func lower(login string) string { return strings.ToLower(strings.TrimSpace(login)) }
