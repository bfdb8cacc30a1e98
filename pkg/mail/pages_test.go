package mail_test

import (
	"strings"
	"testing"

	"callanalyst/pkg/mail"
)

func newPages(tb testing.TB) *mail.Pages {
	tb.Helper()
	p, err := mail.NewPages("https://callanalyst.app")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// render renders a mail that must be there.
func render(tb testing.TB, p *mail.Pages, name string, d mail.Data) mail.Page {
	tb.Helper()
	page, err := p.Render(name, d)
	if err != nil {
		tb.Fatal(err)
	}
	return page
}

func TestPagesEscapeWhatUsersTyped(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert("x")</script>`
	pages := newPages(t)
	for _, name := range mail.Names() {
		page := render(t, pages, name, mail.Data{Email: evil, Name: evil, Code: evil, Plan: evil, Until: evil})
		if strings.Contains(page.HTML, "<script") {
			t.Errorf("HTML of %s holds what a user typed:\n%s", name, page.HTML)
		}
		if !strings.Contains(page.HTML, "&lt;script&gt;") {
			t.Errorf("HTML of %s does not hold the address, escaped", name)
		}
		if strings.Contains(page.Text, "&lt;") {
			t.Errorf("text of %s is escaped as if it were HTML:\n%s", name, page.Text)
		}
	}
}

func TestPagesGreetWithNamesOnly(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, given, want string }{
		{name: "a plain name", given: "Ada", want: "Hello Ada,"},
		{name: "spaces around and within", given: "  Ada \t Lovelace ", want: "Hello Ada Lovelace,"},
		{name: "marks that names have", given: "Dr. Anne-Marie O’Neil Jr.", want: "Hello Dr. Anne-Marie O’Neil Jr.,"},
		{name: "other alphabets", given: "Ада 愛", want: "Hello Ада 愛,"},
		{name: "none", given: "", want: "Hello,"},
		{name: "an address of the web", given: "https://evil.example", want: "Hello,"},
		{name: "a bare domain", given: "evil.example", want: "Hello,"},
		{name: "markup", given: "<script>", want: "Hello,"},
		{name: "digits", given: "Call 555 1234", want: "Hello,"},
		{name: "an address", given: "a@b.c", want: "Hello,"},
		{name: "a header", given: "Ada\r\nBcc: x", want: "Hello,"},
		{name: "right-to-left override", given: "Ada\u202e", want: "Hello,"},
		{name: "fifty characters", given: strings.Repeat("é", 50), want: "Hello " + strings.Repeat("é", 50) + ","},
		{name: "fifty-one characters", given: strings.Repeat("é", 51), want: "Hello,"},
	}
	pages := newPages(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			page := render(t, pages, "sign-in", mail.Data{Name: tt.given})
			if got, _, _ := strings.Cut(page.Text, "\n"); got != tt.want {
				t.Errorf("mail to %q begins %q, want %q", tt.given, got, tt.want)
			}
		})
	}
}

// TestPagesAreAccessible holds what a reader with a screen reader, a dark
// screen or a small one needs.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	pages := newPages(t)
	for _, name := range mail.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := render(t, pages, name, mail.Data{Email: "ada@example.com", Code: "123456", Plan: "Pro", Until: "September 28, 2026"})
			for _, want := range []string{
				`<html lang="en"`, `<title>` + page.Subject + `</title>`, `role="img" aria-label="Call Analyst logo"`, `<h1 `,
				`prefers-color-scheme: dark`, `name="viewport"`, `max-width:560px`, `display:none; max-height:0`,
			} {
				if strings.Count(page.HTML, want) != 1 {
					t.Errorf("HTML has %q %d times, want once", want, strings.Count(page.HTML, want))
				}
			}
			if tables, named := strings.Count(page.HTML, "<table"), strings.Count(page.HTML, `<table role="presentation"`); tables != named {
				t.Errorf("%d of %d tables are read out as tables", tables-named, tables)
			}
			for _, no := range []string{"<img", "src=", "<script", "@import", "<no value>", "ZgotmplZ"} {
				if strings.Contains(page.HTML, no) {
					t.Errorf("HTML has %q", no)
				}
			}
			if page.Subject == "" || strings.Contains(page.Text, "<no value>") {
				t.Errorf("subject %q, text:\n%s", page.Subject, page.Text)
			}
			for line := range strings.Lines(page.Text) {
				if n := len([]rune(line)); n > 82 {
					t.Errorf("text has a line of %d characters: %q", n, line)
				}
			}
		})
	}
}

func TestNewPagesRefuses(t *testing.T) {
	t.Parallel()
	for _, site := range []string{"", "callanalyst.app", "javascript:alert(1)", "ftp://callanalyst.app", "https://", "/path", "https://a b"} {
		if _, err := mail.NewPages(site); err == nil {
			t.Errorf("NewPages(%q) gave no error", site)
		}
	}
	if _, err := newPages(t).Render("letter", mail.Data{}); err == nil {
		t.Error("Render took a mail that there is not")
	}
}

func BenchmarkNewPages(b *testing.B) {
	for b.Loop() {
		newPages(b)
	}
}

func BenchmarkRender(b *testing.B) {
	p := newPages(b)
	for b.Loop() {
		render(b, p, "sign-up", mail.Data{Email: "ada@example.com", Code: "123456"})
	}
}
