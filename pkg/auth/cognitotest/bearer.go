package cognitotest

import (
	"crypto/rsa"
	"errors"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// accessToken is what the API reads of an access token.
type accessToken struct {
	jwt.RegisteredClaims
	OriginJTI string `json:"origin_jti"`
	Use       string `json:"token_use"`
	Scope     string `json:"scope"`
	Username  string `json:"username"`
}

// bearer returns the user whose access token this is. The token must be allowed
// to act for the user.
func (s *Server) bearer(token string) (user, error) {
	u, claims, err := s.bearerClaims(token)
	if err != nil {
		return user{}, err
	}
	if !slices.Contains(strings.Fields(claims.Scope), scopeAdmin) {
		return user{}, errNotAuthorized("Access Token does not have required scopes")
	}
	return u, nil
}

func (s *Server) bearerClaims(token string) (user, accessToken, error) {
	claims, err := s.parseAccess(token)
	if err != nil {
		return user{}, claims, err
	}
	gr, ok := s.grants.get(claims.OriginJTI)
	if !ok {
		return user{}, claims, errUserNotFound()
	}
	if gr.Revoked {
		return user{}, claims, errNotAuthorized("Access Token has been revoked")
	}
	u, ok := s.users.find(gr.Username)
	if !ok {
		return user{}, claims, errUserNotFound()
	}
	if u.Disabled {
		return user{}, claims, errDisabled()
	}
	return u, claims, nil
}

func (s *Server) parseAccess(token string) (accessToken, error) {
	var claims accessToken
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(s.cfg.Issuer()),
		jwt.WithTimeFunc(s.cfg.Now), jwt.WithExpirationRequired(),
	)
	_, err := parser.ParseWithClaims(token, &claims, s.accessKey)
	if errors.Is(err, jwt.ErrTokenExpired) {
		return claims, errNotAuthorized("Access Token has expired")
	}
	if err != nil || claims.Use != "access" {
		return claims, errNotAuthorized("Invalid Access Token")
	}
	return claims, nil
}

// accessKey offers the key of access tokens only: an identity token is refused.
func (s *Server) accessKey(*jwt.Token) (any, error) {
	key := s.signingKeys().AccessToken.Private.Public()
	if public, ok := key.(*rsa.PublicKey); ok {
		return public, nil
	}
	return nil, jwt.ErrInvalidKeyType
}
