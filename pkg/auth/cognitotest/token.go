package cognitotest

import (
	"time"
)

// Lifetimes of the app client's tokens.
const (
	accessLifetime  = time.Hour
	refreshLifetime = 30 * 24 * time.Hour
)

// scopeAdmin is the scope of every token from the API: it lets users change
// their own entry.
const scopeAdmin = "aws.cognito.signin.user.admin"

// authResult is the outcome of a sign-in or refresh.
type authResult struct {
	AccessToken  string
	ExpiresIn    int
	IDToken      string `json:"IdToken"`
	RefreshToken string `json:",omitempty"`
	TokenType    string
}

type authResponse struct {
	AuthenticationResult *authResult       `json:",omitempty"`
	ChallengeName        string            `json:",omitempty"`
	ChallengeParameters  map[string]string `json:"ChallengeParameters"`
	Session              string            `json:",omitempty"`
}

func signedIn(r authResult) authResponse {
	return authResponse{AuthenticationResult: &r, ChallengeParameters: map[string]string{}}
}

// signIn starts a grant for u and answers its three tokens. The template says
// what kind of sign-in it is.
func (s *Server) signIn(u user, gr grant) (authResult, error) {
	id, err := s.random.uuid()
	if err != nil {
		return authResult{}, err
	}
	refresh, err := s.newRefreshToken()
	if err != nil {
		return authResult{}, err
	}
	gr.ID, gr.Username = id, u.Username
	gr.AuthTime, gr.Expires = s.now(), s.now().Add(refreshLifetime)
	s.grants.add(gr, refresh)
	out, err := s.mint(u, gr)
	out.RefreshToken = refresh
	return out, err
}

// mint signs an access and an identity token for gr.
func (s *Server) mint(u user, gr grant) (authResult, error) {
	event, err := s.random.uuid()
	if err != nil {
		return authResult{}, err
	}
	access, err := s.sign(s.signingKeys().AccessToken, s.accessClaims(u, gr, event))
	if err != nil {
		return authResult{}, err
	}
	id, err := s.sign(s.signingKeys().IDToken, s.idClaims(u, gr, event))
	if err != nil {
		return authResult{}, err
	}
	return authResult{
		AccessToken: access, IDToken: id, TokenType: "Bearer",
		ExpiresIn: int(accessLifetime / time.Second),
	}, nil
}

// newRefreshToken returns an opaque token with the look of Cognito's encrypted
// ones: five parts, over a kilobyte.
func (s *Server) newRefreshToken() (string, error) {
	out := "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ"
	for _, n := range []int{256, 12, 640, 16} {
		part, err := s.random.token(n)
		if err != nil {
			return "", err
		}
		out += "." + part
	}
	return out, nil
}
