package mail_test

import (
	"flag"
	"html"
	htmltemplate "html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/mail"
)

var update = flag.Bool("update", false, "rewrite the compiled pages")

// view is what the templates see.
type view struct {
	Subject, Email, Greeting, Code, Plan, Until, Site, SiteName string
}

// compile runs a mail's templates.
func compile(t *testing.T, name string, v view) mail.Page {
	t.Helper()
	file := "templates/" + name + ".tmpl"
	h, err := htmltemplate.ParseFiles("templates/layout.html", file)
	if err != nil {
		t.Fatal(err)
	}
	txt, err := texttemplate.ParseFiles("templates/layout.txt", file)
	if err != nil {
		t.Fatal(err)
	}
	run := func(execute func(*strings.Builder) error) string {
		t.Helper()
		var b strings.Builder
		if err := execute(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	v.Subject = run(func(b *strings.Builder) error { return txt.ExecuteTemplate(b, "subject", v) })
	return mail.Page{
		Subject: v.Subject,
		HTML:    run(func(b *strings.Builder) error { return h.ExecuteTemplate(b, "layout", v) }),
		Text:    run(func(b *strings.Builder) error { return txt.ExecuteTemplate(b, "layout", v) }),
	}
}

// TestPagesAreCompiled holds the embedded pages against their templates.
func TestPagesAreCompiled(t *testing.T) {
	t.Parallel()
	marks := view{Email: "[[email]]", Greeting: "[[greeting]]", Code: "[[code]]", Plan: "[[plan]]", Until: "[[until]]", Site: "https://site.invalid", SiteName: "[[site]]"}
	for _, name := range mail.Names() {
		page := compile(t, name, marks)
		golden(t, name+".html", page.HTML)
		golden(t, name+".txt", "Subject: "+page.Subject+"\n\n"+page.Text)
	}
	sources, err := filepath.Glob("templates/*.tmpl")
	if err != nil || len(sources) != len(mail.Names()) {
		t.Errorf("%d templates for %d mails, %v", len(sources), len(mail.Names()), err)
	}
}

// golden compares with a compiled page, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("pages", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what its template gives; run go generate (-page +template):\n%s", path, diff)
	}
}

// TestPagesRenderAsTheirTemplatesWould has html/template as the judge of what
// Render does with values: the same document, and no element more.
func TestPagesRenderAsTheirTemplatesWould(t *testing.T) {
	t.Parallel()
	hostile := []string{
		"", "plain", `<script>alert("x")</script>`, `"><img src=x onerror=alert(1)>`, `' onclick='x`, "&lt;b&gt; & &amp;", "a+b@example.com",
		"[[code]]", "[[email]] [[greeting]]", "https://site.invalid", "{{.Code}}", "</title></style><b>", "\u202e\u2028", "пароль 密碼 😀",
	}
	p, err := mail.NewPages("http://localhost:8787/?a=1&b=2")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range mail.Names() {
		for i, value := range hostile {
			d := mail.Data{Email: value, Name: "Ada", Code: hostile[(i+1)%len(hostile)], Plan: hostile[(i+2)%len(hostile)], Until: hostile[(i+3)%len(hostile)]}
			got := render(t, p, name, d)
			want := compile(t, name, view{Email: d.Email, Greeting: "Hello Ada,", Code: d.Code, Plan: d.Plan, Until: d.Until, Site: "http://localhost:8787/?a=1&b=2", SiteName: "localhost:8787"})
			if diff := cmp.Diff(html.UnescapeString(want.HTML), html.UnescapeString(got.HTML)); diff != "" {
				t.Errorf("HTML of %s with %+v (-html/template +Render):\n%s", name, d, diff)
			}
			if w, g := strings.Count(want.HTML, "<")+strings.Count(want.HTML, `"`), strings.Count(got.HTML, "<")+strings.Count(got.HTML, `"`); w != g {
				t.Errorf("HTML of %s with %+v has %d marks of markup, html/template gives %d", name, d, g, w)
			}
			if got.Text != want.Text {
				t.Errorf("text of %s with %+v (-text/template +Render):\n%s", name, d, cmp.Diff(want.Text, got.Text))
			}
		}
	}
}

// FuzzRender looks for values that add markup to a mail.
func FuzzRender(f *testing.F) {
	p := newPages(f)
	for _, s := range []string{"<b>", `"'`, "&lt;", "[[code]]", "\r\n"} {
		f.Add(s, s, s, s)
	}
	empty := map[string]int{}
	for _, name := range mail.Names() {
		empty[name] = strings.Count(render(f, p, name, mail.Data{}).HTML, "<")
	}
	f.Fuzz(func(t *testing.T, email, name, code, plan string) {
		for page, tags := range empty {
			got := render(t, p, page, mail.Data{Email: email, Name: name, Code: code, Plan: plan})
			if n := strings.Count(got.HTML, "<"); n != tags {
				t.Errorf("HTML of %s has %d tags with %q, %q, %q, %q, want %d", page, n, email, name, code, plan, tags)
			}
			if strings.ContainsAny(got.Subject, "\r\n\x00") {
				t.Errorf("subject of %s is %q", page, got.Subject)
			}
		}
	})
}
