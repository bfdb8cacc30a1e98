package cognitotest

import (
	"strings"

	"callanalyst/pkg/auth/cognitotest/keys"
)

// sign adds a fresh jti to claims and signs them.
func (s *Server) sign(k keys.Key, claims map[string]any) (string, error) {
	jti, err := s.random.uuid()
	if err != nil {
		return "", err
	}
	claims["jti"] = jti
	token, err := k.Sign(claims)
	if err != nil {
		return "", errInternal(err)
	}
	return token, nil
}

// commonClaims are those that both tokens of a sign-in carry.
func (s *Server) commonClaims(u user, gr grant, event string) map[string]any {
	now := s.now().Unix()
	return map[string]any{
		"sub": u.Sub, "iss": s.cfg.Issuer(), "origin_jti": gr.ID, "event_id": event,
		"auth_time": gr.AuthTime.Unix(), "iat": now, "exp": now + int64(accessLifetime.Seconds()),
	}
}

// accessClaims have no audience and no attributes: the client is client_id.
func (s *Server) accessClaims(u user, gr grant, event string) map[string]any {
	c := s.commonClaims(u, gr, event)
	c["token_use"] = "access"
	c["client_id"] = s.cfg.ClientID
	c["scope"] = gr.Scope
	c["username"] = u.Username
	if gr.Hosted {
		c["version"] = 2
	}
	return c
}

// idClaims carry the attributes that the client may read.
func (s *Server) idClaims(u user, gr grant, event string) map[string]any {
	c := s.commonClaims(u, gr, event)
	c["token_use"] = "id"
	c["aud"] = s.cfg.ClientID
	c["cognito:username"] = u.Username
	for _, name := range clientReads() {
		if value, ok := u.Attributes[name]; ok {
			c[name] = claimValue(name, value)
		}
	}
	if _, ok := c["email"]; ok {
		c["email_verified"] = u.emailVerified()
	}
	if len(u.Identities) > 0 {
		var claims []map[string]any
		for _, id := range u.Identities {
			claims = append(claims, id.claim())
		}
		c["identities"] = claims
	}
	if gr.Nonce != "" {
		c["nonce"] = gr.Nonce
	}
	return c
}

// claimValue turns the verified flags into booleans, as Cognito does.
func claimValue(name, value string) any {
	if strings.HasSuffix(name, "_verified") {
		return value == "true"
	}
	return value
}
