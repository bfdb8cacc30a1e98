package cognitotest

import (
	"context"
)

// refreshAuth is the flow REFRESH_TOKEN_AUTH: new tokens, the same refresh token.
func (s *Server) refreshAuth(in authRequest) (any, error) {
	token, err := parameter(in.AuthParameters, "REFRESH_TOKEN")
	if err != nil {
		return nil, err
	}
	r, err := s.refresh(token)
	if err != nil {
		return nil, err
	}
	return signedIn(r), nil
}

type refreshRequest struct {
	ClientID     string `json:"ClientId"`
	RefreshToken string
}

// getTokensFromRefreshToken refreshes whether rotation is on or off; with it, the
// answer has a new refresh token.
func (s *Server) getTokensFromRefreshToken(_ context.Context, in refreshRequest) (any, error) {
	if err := s.checkClient(in.ClientID); err != nil {
		return nil, err
	}
	r, err := s.refresh(in.RefreshToken)
	if err != nil {
		return nil, err
	}
	return struct{ AuthenticationResult authResult }{r}, nil
}

// refresh mints new tokens from a refresh token, and replaces it if the client
// rotates them.
func (s *Server) refresh(token string) (authResult, error) {
	gr, u, err := s.checkRefresh(token)
	if err != nil {
		return authResult{}, err
	}
	out, err := s.mint(u, gr)
	if err != nil || !s.cfg.Rotation.On {
		return out, err
	}
	out.RefreshToken, err = s.newRefreshToken()
	if err != nil {
		return authResult{}, err
	}
	s.grants.rotate(token, out.RefreshToken, s.now())
	return out, nil
}

// checkRefresh returns whose refresh token it is, if it still works.
func (s *Server) checkRefresh(token string) (grant, user, error) {
	gr, t, ok := s.grants.find(token)
	now := s.now()
	switch {
	case !ok:
		return gr, user{}, errNotAuthorized("Invalid Refresh Token")
	case gr.Revoked:
		return gr, user{}, errNotAuthorized("Refresh Token has been revoked")
	case now.After(gr.Expires):
		return gr, user{}, errNotAuthorized("Refresh Token has expired")
	case !t.Replaced.IsZero() && now.Sub(t.Replaced) > s.cfg.Rotation.Grace:
		return gr, user{}, fail("RefreshTokenReuseException", "Refresh token has been invalidated by rotation.")
	}
	u, ok := s.users.find(gr.Username)
	if !ok {
		return gr, user{}, errNotAuthorized("Invalid Refresh Token")
	}
	if u.Disabled {
		return gr, user{}, errDisabled()
	}
	return gr, u, nil
}
