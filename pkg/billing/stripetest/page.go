package stripetest

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages parses the templates of the account's pages.
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
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// closed is the page of something that is over or never was.
type closed struct{ Title, Says, Link string }

// dollars shows cents.
func dollars(cents int64) string { return fmt.Sprintf("$%d.%02d", cents/100, cents%100) }

// day shows a Unix time, or a dash for none.
func day(unix int64) string {
	if unix == 0 {
		return "–"
	}
	return time.Unix(unix, 0).UTC().Format("2 Jan 2006 15:04 MST")
}

// productName is the name of what a price buys.
func (s *Server) productName(price string) string {
	p := s.st.Prices[price]
	if p == nil || s.st.Products[p.Product] == nil {
		return price
	}
	return s.st.Products[p.Product].Name
}

// cardName says what a card does.
func cardName(c Card) string {
	switch c {
	case NoCard:
		return "none"
	case Good:
		return "works"
	case Declines:
		return "is declined"
	case Authenticate:
		return "needs 3-D Secure"
	}
	return strings.ToValidUTF8(string(c), "")
}
