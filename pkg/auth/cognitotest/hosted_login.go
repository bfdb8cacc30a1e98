package cognitotest

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
)

// loginPage is the pool's own sign-in page.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	f, refused, fatal := s.parseFlow(r.URL.Query())
	switch {
	case fatal != "":
		s.errorPage(w, fatal)
	case refused != nil:
		s.sendBack(w, r, f, refused)
	default:
		s.showLogin(w, r, http.StatusOK, page{})
	}
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, status int, p page) {
	q := r.URL.Query()
	q.Del("identity_provider")
	p.Title = "Sign in"
	p.Query = template.URL(q.Encode()) //nolint:gosec // Encode leaves no character that HTML reads
	s.render(w, status, "login.html", p)
}

// loginSubmit takes the password, or the code of the user's app.
func (s *Server) loginSubmit(w http.ResponseWriter, r *http.Request) {
	f, refused, fatal := s.parseFlow(r.URL.Query())
	if fatal != "" || refused != nil {
		s.errorPage(w, "This sign-in is not valid. Go back to the application and start again.")
		return
	}
	u, err := s.loginUser(r)
	if err != nil {
		s.showLogin(w, r, http.StatusUnauthorized, page{Problem: problem(err), Login: r.PostFormValue("username")})
		return
	}
	if u.TOTP.Enabled && r.PostFormValue("mfa") == "" {
		s.askLoginCode(w, r, u)
		return
	}
	s.signedInBrowser(w, r, f, u, "COGNITO")
}

// loginUser returns the user who proved the password now, or a moment ago and the
// app now.
func (s *Server) loginUser(r *http.Request) (user, error) {
	if id := r.PostFormValue("mfa"); id != "" {
		return s.loginCode(id, r.PostFormValue("code"))
	}
	login, password := r.PostFormValue("username"), r.PostFormValue("password")
	u, err := s.authenticate(r.Context(), authRequest{ClientID: s.cfg.ClientID}, login, password)
	if err != nil {
		return user{}, err
	}
	if u.Status != StatusConfirmed {
		return user{}, errNotAuthorized("This account cannot sign in here yet: " + u.Status)
	}
	return u, nil
}

// askLoginCode shows the page for the code.
func (s *Server) askLoginCode(w http.ResponseWriter, r *http.Request, u user) {
	id, err := s.random.token(32)
	if err != nil {
		s.errorPage(w, err.Error())
		return
	}
	s.hosted.mfa.put(id, u.Username, s.now(), s.now().Add(sessionLifetime))
	s.showLogin(w, r, http.StatusOK, page{MFA: id})
}

// loginCode checks the code. A wrong one starts the sign-in over.
func (s *Server) loginCode(id, plain string) (user, error) {
	name, state := s.hosted.mfa.take(id, s.now())
	if err := sessionError(state); err != nil {
		return user{}, err
	}
	return s.users.update(name, func(u *user) error {
		if u.Disabled {
			return errDisabled()
		}
		return s.spendTOTP(u, plain)
	})
}

func problem(err error) string {
	var e *apiError
	if errors.As(err, &e) {
		return e.message
	}
	return err.Error()
}

// logout forgets the browser and returns to a registered address, or begins a new
// sign-in.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	to := q.Get("logout_uri")
	switch {
	case q.Get("client_id") != s.cfg.ClientID:
		s.errorPage(w, "The client is not known to this user pool.")
		return
	case to == "" && q.Get("redirect_uri") != "":
		to = "/login?" + r.URL.RawQuery
	case !slices.Contains(s.cfg.LogoutURLs, to):
		s.errorPage(w, "redirect_mismatch: the address to return to is not one of the client's sign-out addresses.")
		return
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		s.hosted.browsers.take(cookie.Value, s.now())
	}
	setSession(w, "", -1)
	http.Redirect(w, r, to, http.StatusFound) //nolint:gosec // a registered address or the pool's own page, see above
}
