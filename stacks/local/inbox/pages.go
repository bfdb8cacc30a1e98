package inbox

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/look"
)

//go:embed pages
var pages embed.FS

type listPage struct {
	Console string
	Mails   []awstest.Message
}

type mailPage struct {
	Console string
	Mail    awstest.Message
}

func (i *Inbox) listPage() listPage {
	return listPage{Console: i.o.Console, Mails: i.o.Messages()}
}

func pageOf(name string) *template.Template {
	return template.Must(template.New(name).Funcs(template.FuncMap{
		"clock": clock, "code": code, "preview": preview, "linked": linked,
	}).ParseFS(pages, "pages/frame.html", "pages/"+name))
}

// mailPolicy lets a mail show what a mail may: its own styles, and pictures of
// this machine. Its links open in a new tab; its scripts, if any, do not run.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data: http://localhost:* http://127.0.0.1:*; " +
	"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"

// serveHTML answers a mail's own document, for the frame alone.
func serveHTML(w http.ResponseWriter, m awstest.Message) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", mailPolicy)
	_, _ = w.Write([]byte(newTab(m.HTML)))
}

// newTab makes every link of a document open in a new tab.
func newTab(document string) string {
	const base = `<base target="_blank">`
	head := regexp.MustCompile(`(?i)<head[^>]*>`).FindStringIndex(document)
	if head == nil {
		return base + document
	}
	return document[:head[1]] + base + document[head[1]:]
}

// code finds a six-digit code that stands by itself.
func code(text string) string {
	m := regexp.MustCompile(`(?:^|[^\w.,/=-])(\d{6})(?:[^\w/-]|$)`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

// preview is the beginning of a mail, on one line.
func preview(text string) string {
	const length = 140
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > length {
		return string(line[:length]) + "…"
	}
	return string(line)
}

// linked escapes a text and makes its addresses links.
func linked(text string) template.HTML {
	address := regexp.MustCompile(`https?://[^\s<>"']*[^\s<>"'.,;:!?)\]]`)
	var b strings.Builder
	rest := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		url := template.HTMLEscapeString(text[at[0]:at[1]])
		b.WriteString(template.HTMLEscapeString(text[rest:at[0]]))
		b.WriteString(`<a href="` + url + `" target="_blank" rel="noreferrer">` + url + `</a>`)
		rest = at[1]
	}
	b.WriteString(template.HTMLEscapeString(text[rest:]))
	return template.HTML(b.String()) //nolint:gosec // every part of it was escaped
}

func clock(t time.Time) string { return t.Local().Format("2 Jan 2006, 15:04:05") }

// render writes a whole page, or says why it cannot.
func render(w http.ResponseWriter, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", look.Policy("'self'"))
	_, _ = w.Write(b.Bytes())
}
