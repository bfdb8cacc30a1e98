package cognitotest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// flow is an authorization request that has been checked.
type flow struct {
	redirect, state, scope, nonce, challenge string
	provider                                 string
}

// authorization is what a code stands for.
type authorization struct {
	flow
	username string
}

// oauthError is an error that the caller's page learns through its redirect.
type oauthError struct{ code, description string }

// parseFlow checks an authorization request. A request whose client or address is
// wrong has nowhere to go back to: fatal says why.
func (s *Server) parseFlow(q url.Values) (f flow, refused *oauthError, fatal string) {
	f = flow{
		redirect: q.Get("redirect_uri"), state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), provider: q.Get("identity_provider"), scope: q.Get("scope"),
	}
	switch {
	case q.Get("client_id") != s.cfg.ClientID:
		return f, nil, "The client is not known to this user pool."
	case !slices.Contains(s.cfg.CallbackURLs, f.redirect):
		return f, nil, "redirect_mismatch: the address to return to is not one of the client's."
	case q.Get("response_type") != "code":
		return f, &oauthError{"unauthorized_client", "The client may use only the authorization code grant."}, ""
	case f.challenge == "" || q.Get("code_challenge_method") != "S256":
		return f, &oauthError{"invalid_request", "A code_challenge with the method S256 is required."}, ""
	}
	if f.scope == "" {
		f.scope = strings.Join(allowedScopes(), " ")
	}
	for _, scope := range strings.Fields(f.scope) {
		if !slices.Contains(allowedScopes(), scope) {
			return f, &oauthError{"invalid_scope", "The scope " + scope + " is not allowed for this client."}, ""
		}
	}
	return f, nil, ""
}

// sendCode returns to the caller's page with an authorization code.
func (s *Server) sendCode(w http.ResponseWriter, r *http.Request, f flow, u user) {
	code, err := s.random.uuid()
	if err != nil {
		s.errorPage(w, err.Error())
		return
	}
	s.hosted.codes.put(code, authorization{f, u.Username}, s.now(), s.now().Add(codeLifetime))
	back(w, r, f, url.Values{"code": {code}})
}

// sendBack returns to the caller's page with an error.
func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, f flow, e *oauthError) {
	back(w, r, f, url.Values{"error": {e.code}, "error_description": {e.description}})
}

func back(w http.ResponseWriter, r *http.Request, f flow, q url.Values) {
	if f.state != "" {
		q.Set("state", f.state)
	}
	sep := "?"
	if strings.Contains(f.redirect, "?") {
		sep = "&"
	}
	http.Redirect(w, r, f.redirect+sep+q.Encode(), http.StatusFound)
}
