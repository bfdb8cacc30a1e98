package cognitotest

import (
	"encoding/json"
	"net/http"
)

// serveJWKS publishes the pool's two public keys.
func (s *Server) serveJWKS(w http.ResponseWriter, _ *http.Request) {
	doc, err := s.signingKeys().JWKS()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	publish(w, doc)
}

// serveDiscovery describes the pool to OpenID clients. Its issuer is the real
// one; the endpoints are those of the server that was asked.
func (s *Server) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	base := "http://" + r.Host
	doc, err := json.Marshal(map[string]any{
		"authorization_endpoint":                base + "/oauth2/authorize",
		"end_session_endpoint":                  base + "/logout",
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"issuer":                                s.cfg.Issuer(),
		"jwks_uri":                              base + "/" + s.cfg.PoolID + "/.well-known/jwks.json",
		"response_types_supported":              []string{"code"},
		"revocation_endpoint":                   base + "/oauth2/revoke",
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"subject_types_supported":               []string{"public"},
		"token_endpoint":                        base + "/oauth2/token",
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"userinfo_endpoint":                     base + "/oauth2/userInfo",
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	publish(w, doc)
}

func publish(w http.ResponseWriter, doc []byte) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	write(w, doc)
}
