package cognitotest

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages/*.html
var pages embed.FS

// page is what a hosted page shows.
type page struct {
	Title   string
	Problem string
	// Query is the authorization request, encoded, for the sign-in page's links.
	Query      template.URL
	Login, MFA string
	// State is the sign-in under way, for a provider's account page.
	State string
	Apple bool
}

// render writes a page. They are parsed for each view: few people look at them.
func (s *Server) render(w http.ResponseWriter, status int, name string, p page) {
	t, err := template.ParseFS(pages, "pages/frame.html", "pages/"+name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "frame", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.WriteHeader(status)
	write(w, body.Bytes())
}

// errorPage is for requests that must not be sent back anywhere.
func (s *Server) errorPage(w http.ResponseWriter, message string) {
	s.render(w, http.StatusBadRequest, "error.html", page{Title: "The sign-in cannot go on", Problem: message})
}
