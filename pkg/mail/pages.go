package mail

import (
	"embed"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// The pages, as the templates in templates/ give them, with a marker in the
// place of each value. The tests compile them: a binary that links a template
// package keeps every method of every type, 17 MB of them in this fleet, and
// parses at each cold start what never changes.
//
//go:generate go test -run TestPagesAreCompiled -update .
//go:embed pages
var pages embed.FS

// The markers. None holds a character that HTML escapes, and a value that looks
// like one stays as it is.
const (
	markEmail    = "[[email]]"
	markGreeting = "[[greeting]]"
	markCode     = "[[code]]"
	markPlan     = "[[plan]]"
	markUntil    = "[[until]]"
	markSiteName = "[[site]]"
	markSite     = "https://site.invalid"
)

// Data is what a mail tells its reader. All of it may come from users: the
// HTML version escapes it.
type Data struct {
	Email string // the recipient
	Name  string // how to greet; left out unless it looks like a name
	Code  string // a code or a temporary password
	Plan  string // the paid plan's name; "" for the free one
	Until string // a day, written out
}

// Pages renders mails. It is safe for concurrent use. Make it with NewPages.
type Pages struct {
	site, siteName string
	compiled       map[string]Page
}

// NewPages returns the pages with links to the site at the address, which must
// be absolute, http or https.
func NewPages(site string) (*Pages, error) {
	u, err := url.Parse(site)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("mail: the site's address is not absolute http or https")
	}
	p := &Pages{site: site, siteName: u.Host, compiled: map[string]Page{}}
	for _, name := range Names() {
		if p.compiled[name], err = load(name); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Names returns the names of all mails.
func Names() []string {
	names := []string{welcome, welcomePaid, accountDeleted, paymentFailed, calendarDisconnected}
	for _, l := range letters() {
		names = append(names, l.name)
	}
	return names
}

// load reads a compiled page; the first line of its text is the subject.
func load(name string) (Page, error) {
	h, err := pages.ReadFile("pages/" + name + ".html")
	if err != nil {
		return Page{}, fmt.Errorf("mail: load %s: %w", name, err)
	}
	t, err := pages.ReadFile("pages/" + name + ".txt")
	if err != nil {
		return Page{}, fmt.Errorf("mail: load %s: %w", name, err)
	}
	subject, body, _ := strings.Cut(string(t), "\n\n")
	return Page{Subject: strings.TrimPrefix(subject, "Subject: "), HTML: string(h), Text: body}, nil
}

// Render returns the named mail's content for its reader.
func (p *Pages) Render(name string, d Data) (Page, error) {
	page, ok := p.compiled[name]
	if !ok {
		return Page{}, fmt.Errorf("mail: there is no mail %q", name)
	}
	asText := p.filler(d, func(s string) string { return s })
	return Page{
		Subject: oneLine(asText.Replace(page.Subject)),
		HTML:    p.filler(d, html.EscapeString).Replace(page.HTML),
		Text:    asText.Replace(page.Text),
	}, nil
}

// filler puts values in the place of markers. Values stand in the text of
// elements and, the site alone, in quoted attributes; html.EscapeString is
// right for both.
func (p *Pages) filler(d Data, escape func(string) string) *strings.Replacer {
	return strings.NewReplacer(
		markEmail, escape(d.Email), markGreeting, escape(greet(d.Name)), markCode, escape(d.Code),
		markPlan, escape(d.Plan), markUntil, escape(d.Until), markSiteName, escape(p.siteName), markSite, escape(p.site),
	)
}

// greet is the mail's first line.
func greet(name string) string {
	if name = plainName(name); name != "" {
		return "Hello " + name + ","
	}
	return "Hello,"
}
