package cognitotest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Lifetimes of the hosted pages' tickets.
const (
	flowLifetime    = 10 * time.Minute
	codeLifetime    = 5 * time.Minute
	browserLifetime = time.Hour
)

// sessionCookie is the hosted pages' cookie: who has it is not asked again.
const sessionCookie = "cognito"

// hosted is the state of the browser leg.
type hosted struct {
	flows    *tickets[flow]           // sign-ins under way at a provider
	profiles *tickets[profile]        // what a provider said, by its code
	mfa      *tickets[string]         // users who proved their password but not yet their app
	codes    *tickets[authorization]  // authorization codes
	browsers *tickets[browserSession] // signed-in browsers
}

func newHosted() hosted {
	return hosted{
		flows: newTickets[flow](), profiles: newTickets[profile](), mfa: newTickets[string](),
		codes: newTickets[authorization](), browsers: newTickets[browserSession](),
	}
}

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

// browserSession is a signed-in browser: as whom, and by which provider.
type browserSession struct{ username, provider string }

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

// authorize begins a sign-in in the browser: at once if the browser is signed in,
// else on the pool's own page or at the provider that the caller names.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	f, refused, fatal := s.parseFlow(r.URL.Query())
	switch {
	case fatal != "":
		s.errorPage(w, fatal)
	case refused != nil:
		s.sendBack(w, r, f, refused)
	case s.resume(w, r, f):
	case f.provider == ProviderGoogle || f.provider == ProviderApple:
		s.toProvider(w, r, f)
	case f.provider == "" || f.provider == "COGNITO":
		http.Redirect(w, r, "/login?"+r.URL.RawQuery, http.StatusFound)
	default:
		s.sendBack(w, r, f, &oauthError{"invalid_request", "The identity provider " + f.provider + " is not enabled for this client."})
	}
}

// resume answers a code for a browser that is signed in already, by the provider
// asked for or by any if none is.
func (s *Server) resume(w http.ResponseWriter, r *http.Request, f flow) bool {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return false
	}
	b, state := s.hosted.browsers.peek(cookie.Value, s.now())
	if state != ticketValid || (f.provider != "" && f.provider != b.provider) {
		return false
	}
	u, ok := s.users.find(b.username)
	if !ok || u.Disabled {
		return false
	}
	s.sendCode(w, r, f, u)
	return true
}

// toProvider sends the browser to the provider's account page.
func (s *Server) toProvider(w http.ResponseWriter, r *http.Request, f flow) {
	id, err := s.random.token(32)
	if err != nil {
		s.errorPage(w, err.Error())
		return
	}
	s.hosted.flows.put(id, f, s.now(), s.now().Add(flowLifetime))
	page := "/idp/google"
	if f.provider == ProviderApple {
		page = "/idp/apple"
	}
	http.Redirect(w, r, page+"?"+url.Values{"state": {id}}.Encode(), http.StatusFound)
}

// signedInBrowser remembers the browser and sends it back with a code.
func (s *Server) signedInBrowser(w http.ResponseWriter, r *http.Request, f flow, u user, provider string) {
	id, err := s.random.token(32)
	if err != nil {
		s.errorPage(w, err.Error())
		return
	}
	s.hosted.browsers.put(id, browserSession{u.Username, provider}, s.now(), s.now().Add(browserLifetime))
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(browserLifetime.Seconds()),
	})
	s.sendCode(w, r, f, u)
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
