package mail

import (
	"embed"
	"fmt"
	html "html/template"
	"net/url"
	"strings"
	text "text/template"
)

// The templates. Each mail is one file that defines its subject, preheader,
// HTML and text, so that the two versions are read and changed together.
//
//go:embed templates
var templates embed.FS

// Data is what a mail tells its reader. All of it may come from users: the
// HTML version escapes it.
type Data struct {
	Email string // the recipient
	Name  string // how to greet; left out unless it looks like a name
	Code  string // a code or a temporary password
	Plan  string // the paid plan's name; "" for the free one
}

// view is Data with what all mails share.
type view struct {
	Data
	Subject  string
	Site     string // the site's address
	SiteName string // its host
}

// Pages renders mails. It is safe for concurrent use. Make it with NewPages.
type Pages struct {
	site, siteName string
	sets           map[string]set
}

// set is one mail's templates.
type set struct {
	html *html.Template
	text *text.Template
}

// NewPages returns the pages of the named mails (all of them if none is named)
// with links to the site at the address. It renders each once, because the
// first rendering of an HTML template is dear and belongs into a cold start's
// initialisation.
func NewPages(site string, names ...string) (*Pages, error) {
	u, err := url.Parse(site)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("mail: site's address has no host")
	}
	if len(names) == 0 {
		names = Names()
	}
	p := &Pages{site: site, siteName: u.Host, sets: map[string]set{}}
	for _, name := range names {
		if p.sets[name], err = parse(name); err != nil {
			return nil, fmt.Errorf("mail: parse %s: %w", name, err)
		}
		if _, err := p.Render(name, Data{}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Names returns the names of all mails.
func Names() []string {
	names := []string{welcome}
	for _, l := range letters() {
		names = append(names, l.name)
	}
	return names
}

// parse reads one mail's templates and the layout around them.
func parse(name string) (set, error) {
	page := "templates/" + name + ".tmpl"
	h, err := html.ParseFS(templates, "templates/layout.html", page)
	if err != nil {
		return set{}, err
	}
	t, err := text.ParseFS(templates, "templates/layout.txt", page)
	return set{html: h, text: t}, err
}

// Render returns the named mail's content for its reader.
func (p *Pages) Render(name string, d Data) (Page, error) {
	s, ok := p.sets[name]
	if !ok {
		return Page{}, fmt.Errorf("mail: there is no mail %q", name)
	}
	d.Name = plainName(d.Name)
	v := view{Data: d, Site: p.site, SiteName: p.siteName}
	var subject, h, t strings.Builder
	if err := s.text.ExecuteTemplate(&subject, "subject", v); err != nil {
		return Page{}, fmt.Errorf("mail: render subject of %s: %w", name, err)
	}
	v.Subject = oneLine(subject.String())
	if err := s.html.ExecuteTemplate(&h, "layout", v); err != nil {
		return Page{}, fmt.Errorf("mail: render HTML of %s: %w", name, err)
	}
	if err := s.text.ExecuteTemplate(&t, "layout", v); err != nil {
		return Page{}, fmt.Errorf("mail: render text of %s: %w", name, err)
	}
	return Page{Subject: v.Subject, HTML: h.String(), Text: t.String()}, nil
}
