package cognitotest

import (
	"net/http"
	"slices"
	"strings"
)

// revokeEndpoint ends the sign-in of a refresh token.
func (s *Server) revokeEndpoint(w http.ResponseWriter, r *http.Request) {
	allowBrowsers(w)
	if formClient(r) != s.cfg.ClientID {
		tokenError(w, "invalid_client")
		return
	}
	token := r.PostFormValue("token")
	if strings.Count(token, ".") == 2 {
		tokenError(w, "unsupported_token_type")
		return
	}
	if s.revoke(token) != nil {
		tokenError(w, "invalid_request")
		return
	}
	w.WriteHeader(http.StatusOK)
}

// userInfo shows the holder of an access token with the scope openid.
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request) {
	allowBrowsers(w)
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	u, claims, err := s.bearerClaims(token)
	if err != nil || !slices.Contains(strings.Fields(claims.Scope), "openid") {
		w.Header().Set("WWW-Authenticate", `error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{
			"error":             "invalid_token",
			"error_description": "Access token is expired, disabled, or deleted, or the user has globally signed out.",
		})
		return
	}
	out := map[string]string{"sub": u.Sub, "username": u.Username}
	for _, a := range u.readable() {
		out[a.Name] = a.Value
	}
	writeJSON(w, http.StatusOK, out)
}
