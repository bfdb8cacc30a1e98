package googletest

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
)

//go:embed pages/*.html
var pageFiles embed.FS

func pages() *template.Template {
	return template.Must(template.ParseFS(pageFiles, "pages/*.html"))
}

// render writes a page with a status.
func (s *Server) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// consentPage is what the template of the consent page shows.
type consentPage struct {
	Title, Query, Email, Error string
	Scopes                     []scopeRow
}

type scopeRow struct {
	Scope, Name string
	Always      bool // who somebody is cannot be unticked
}

// identityScopes say who somebody is; Google asks for them by no tick.
var identityScopes = [...]string{"openid", "email", "profile"}

func alwaysGranted(scope string) bool { return slices.Contains(identityScopes[:], scope) }

// consent shows the consent page.
func (s *Server) consent(w http.ResponseWriter, r *http.Request) {
	s.showConsent(w, http.StatusOK, r.URL.Query(), "")
}

func (s *Server) showConsent(w http.ResponseWriter, status int, q url.Values, problem string) {
	req := requestOf(q)
	if wrong := s.wrong(req); wrong != "" {
		s.render(w, http.StatusBadRequest, "blocked", consentPage{Title: "Access blocked", Error: wrong})
		return
	}
	p := consentPage{Title: "Call Analyst wants access to your Google Account", Query: q.Encode(), Email: req.Hint, Error: problem}
	for _, scope := range req.Scopes {
		p.Scopes = append(p.Scopes, scopeRow{scope, scopeName(scope), alwaysGranted(scope)})
	}
	s.render(w, status, "consent", p)
}

// decide takes the person's answer and sends the browser back.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form cannot be read.", http.StatusBadRequest)
		return
	}
	q, err := url.ParseQuery(r.PostForm.Get("request"))
	req := requestOf(q)
	if wrong := s.wrong(req); err != nil || wrong != "" {
		s.showConsent(w, http.StatusBadRequest, q, "")
		return
	}
	back := url.Values{"state": {req.State}}
	if r.PostForm.Get("do") != "allow" {
		back.Set("error", "access_denied")
		s.sendBack(w, r, req, back)
		return
	}
	who, err := mail.ParseAddress(r.PostForm.Get("email"))
	if err != nil {
		s.showConsent(w, http.StatusBadRequest, q, "Say whose account it is: an e-mail address.")
		return
	}
	var granted []string
	for _, scope := range req.Scopes {
		if alwaysGranted(scope) || slices.Contains(r.PostForm["scope"], scope) {
			granted = append(granted, scope)
		}
	}
	back.Set("code", s.allow(req, who.Address, granted))
	s.sendBack(w, r, req, back)
}

func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, req request, q url.Values) {
	to, err := url.Parse(req.Redirect)
	if err != nil || to.Host == "" {
		s.render(w, http.StatusBadRequest, "blocked", consentPage{Title: "Access blocked", Error: "Error 400: redirect_uri_mismatch"})
		return
	}
	to.RawQuery = q.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}
