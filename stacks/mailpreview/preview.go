package main

import (
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"callanalyst/pkg/mail"
	"callanalyst/stacks/local/look"
)

//go:embed page.html page.css
var files embed.FS

// preview serves the mails.
type preview struct {
	pages *mail.Pages
	page  *template.Template
}

// newPreview returns the preview of pages, for this machine alone.
func newPreview(pages *mail.Pages) http.Handler {
	p := &preview{pages: pages, page: template.Must(template.ParseFS(files, "page.html"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.servePage)
	mux.HandleFunc("GET /mails/{name}/{theme}", p.serveMail)
	mux.Handle("GET /page.css", http.FileServerFS(files))
	return look.Guard(mux)
}

// view is what the page shows.
type view struct {
	Names         []string
	Readers       []string
	Name, Reader  string
	Subject, Text string
	Themes        []string
}

// servePage shows one mail in every way.
func (p *preview) servePage(w http.ResponseWriter, r *http.Request) {
	v := view{Names: mail.Names(), Readers: readers(), Themes: []string{"light", "dark"}}
	slices.Sort(v.Names)
	v.Name, v.Reader = cmp.Or(r.FormValue("mail"), v.Names[0]), cmp.Or(r.FormValue("reader"), v.Readers[0])
	page, err := p.pages.Render(v.Name, sample(v.Reader))
	if err != nil {
		http.Error(w, "There is no such mail.", http.StatusNotFound)
		return
	}
	v.Subject, v.Text = page.Subject, page.Text
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", look.Policy("'self'"))
	_ = p.page.Execute(w, v)
}

// mailPolicy lets a mail show its own styles and run nothing.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"

// serveMail answers a mail's own document as a program of that theme shows it.
func (p *preview) serveMail(w http.ResponseWriter, r *http.Request) {
	page, err := p.pages.Render(r.PathValue("name"), sample(r.FormValue("reader")))
	if err != nil {
		http.Error(w, "There is no such mail.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", mailPolicy)
	_, _ = w.Write([]byte(themed(page.HTML, r.PathValue("theme"))))
}

// themed decides the one question that a mail asks its program, whatever this
// browser is set to.
func themed(document, theme string) string {
	const question = "@media (prefers-color-scheme: dark)"
	if theme == "dark" {
		return strings.ReplaceAll(document, question, "@media all")
	}
	return strings.ReplaceAll(document, question, "@media not all")
}

// readers are the sorts of people that a mail may be to.
func readers() []string { return []string{"usual", "nameless", "hostile"} }

// sample returns what a mail tells such a reader.
func sample(reader string) mail.Data {
	d := mail.Data{Email: "dana.reyes@example.com", Name: "Dana Reyes", Code: "482913", Plan: "Pro", Until: "June 8, 2026"}
	switch reader {
	case "nameless":
		d.Name = ""
	case "hostile":
		d.Name = strings.Repeat("Maximiliane ", 4) + "O’Neil"
		d.Email = `"<b>dana</b>".a.very.long.address.that.must.wrap.somewhere@` + strings.Repeat("subdomain.", 6) + "example.com"
		d.Code = `<script>alert("1")</script>&amp;`
	}
	return d
}
