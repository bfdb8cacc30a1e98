package cognitotest

import (
	"net/http"
	"net/url"
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

// browserSession is a signed-in browser: as whom, and by which provider.
type browserSession struct{ username, provider string }

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
		http.Redirect(w, r, "/login?"+r.URL.RawQuery, http.StatusFound) //nolint:gosec // the path is fixed, only its query is the caller's
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
	setSession(w, id, int(browserLifetime.Seconds()))
	s.sendCode(w, r, f, u)
}

// setSession writes the browser's cookie; a negative age removes it.
func setSession(w http.ResponseWriter, id string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // not Secure: the pages are served over plain HTTP on this machine
		Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: age,
	})
}
