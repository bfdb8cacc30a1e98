package cognitotest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

type tokenResponse struct {
	IDToken      string `json:"id_token,omitempty"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	TokenType    string `json:"token_type"`
}

// tokenEndpoint exchanges a code or a refresh token for tokens.
func (s *Server) tokenEndpoint(w http.ResponseWriter, r *http.Request) {
	allowBrowsers(w)
	if id := formClient(r); id != s.cfg.ClientID {
		tokenError(w, "invalid_client")
		return
	}
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		s.exchangeCode(w, r)
	case "refresh_token":
		s.exchangeRefresh(w, r)
	case "":
		tokenError(w, "invalid_request")
	default:
		tokenError(w, "unsupported_grant_type")
	}
}

// formClient is the client's id, from the form or from basic authentication.
func formClient(r *http.Request) string {
	if id, _, ok := r.BasicAuth(); ok {
		return id
	}
	return r.PostFormValue("client_id")
}

// exchangeCode spends an authorization code; a wrong verifier spends it too.
func (s *Server) exchangeCode(w http.ResponseWriter, r *http.Request) {
	a, state := s.hosted.codes.take(r.PostFormValue("code"), s.now())
	if state != ticketValid || a.redirect != r.PostFormValue("redirect_uri") ||
		!fits(a.challenge, r.PostFormValue("code_verifier")) {
		tokenError(w, "invalid_grant")
		return
	}
	u, ok := s.users.find(a.username)
	if !ok || u.Disabled {
		tokenError(w, "invalid_grant")
		return
	}
	out, err := s.signIn(u, grant{Scope: a.scope, Nonce: a.nonce, Hosted: true})
	if err != nil {
		tokenError(w, "server_error")
		return
	}
	writeTokens(w, out, a.scope)
}

// fits reports whether verifier is the one that challenge was made of.
func fits(challenge, verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(sum[:])
	return verifier != "" && subtle.ConstantTimeCompare([]byte(challenge), []byte(made)) == 1
}

func (s *Server) exchangeRefresh(w http.ResponseWriter, r *http.Request) {
	token := r.PostFormValue("refresh_token")
	gr, _, ok := s.grants.find(token)
	out, err := s.refresh(token)
	if err != nil || !ok {
		tokenError(w, "invalid_grant")
		return
	}
	writeTokens(w, out, gr.Scope)
}

// writeTokens answers the tokens; the identity token only where OpenID was asked
// for.
func writeTokens(w http.ResponseWriter, r authResult, scope string) {
	out := tokenResponse{
		AccessToken: r.AccessToken, RefreshToken: r.RefreshToken, IDToken: r.IDToken,
		ExpiresIn: r.ExpiresIn, TokenType: r.TokenType,
	}
	if scopes := strings.Fields(scope); scope != scopeAdmin && !slices.Contains(scopes, "openid") {
		out.IDToken = ""
	}
	writeJSON(w, http.StatusOK, out)
}

func tokenError(w http.ResponseWriter, code string) {
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": code})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	w.WriteHeader(status)
	write(w, body)
}
