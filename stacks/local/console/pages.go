package console

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/look"
	"callanalyst/stacks/local/runtimeapi"
)

//go:embed pages
var pages embed.FS

// pageOf parses one page with the parts that all share.
func (c *Console) pageOf(name string) *template.Template {
	return template.Must(template.New(name).Funcs(template.FuncMap{
		"ms": ms, "clock": c.clock, "stamp": stamp, "json": pretty, "first": firstLine,
		"line": lineClass, "deadFunctions": deadFunctions,
	}).ParseFS(pages, "pages/frame.html", "pages/overview.html", "pages/"+name))
}

// ms writes milliseconds with as many digits as matter.
func ms(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.2f s", v/1000)
	case v >= 100:
		return fmt.Sprintf("%.0f ms", v)
	case v >= 10:
		return fmt.Sprintf("%.1f ms", v)
	}
	return fmt.Sprintf("%.2f ms", v)
}

// clock writes a time of day on this machine, with its date when it is not today.
func (c *Console) clock(t time.Time) string {
	t = t.Local()
	if y, m, d := c.o.Now().Local().Date(); t.Year() != y || t.Month() != m || t.Day() != d {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("15:04:05")
}

// stamp is the time of a log line.
func stamp(t time.Time) string { return t.Local().Format("15:04:05.000") }

// pretty indents JSON; what is none is shown as it is.
func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return string(raw)
	}
	return b.String()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// lineClass tells Lambda's own lines and errors from the rest.
func lineClass(text string) string {
	for _, mark := range []string{"START RequestId", "END RequestId", "REPORT RequestId", "INIT_REPORT"} {
		if strings.HasPrefix(text, mark) {
			return "mine"
		}
	}
	if strings.Contains(text, `"level":"ERROR"`) || strings.Contains(text, "Task timed out") {
		return "error"
	}
	return ""
}

// deadFunctions names the functions that have dead events, each once.
func deadFunctions(dead []feeds.Event) []string {
	var names []string
	for _, e := range dead {
		names = append(names, e.Function)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// functionPage is what the page of one function shows.
type functionPage struct {
	Addresses   []Address
	Function    FunctionState
	Invocations []Invocation
	Lines       []runtimeapi.Line
}

// home is what stands in for the site.
type home struct {
	Addresses     []Address
	AWS, ClientID string
}

// routes binds the pages, the streams and the buttons.
func (c *Console) routes() *http.ServeMux {
	overview, function, index := c.pageOf("overview.html"), c.pageOf("function.html"), c.pageOf("home.html")
	mux := http.NewServeMux()
	mux.Handle("GET /_local/style.css", look.Files("/_local/"))
	mux.Handle("GET /_local/live.js", look.Files("/_local/"))
	mux.HandleFunc("GET /_local", func(w http.ResponseWriter, _ *http.Request) { render(w, overview, c.state()) })
	mux.HandleFunc("GET /_local/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/_local", http.StatusFound) })
	mux.Handle("GET /_local/live", look.Live{Changed: c.o.Recorder.Changed, Render: func() ([]look.Fragment, error) {
		return look.Fragments(overview, c.state(), "functions", "invocations", "queues", "async", "schedules")
	}})
	mux.HandleFunc("GET /_local/functions/{name}", c.known(func(w http.ResponseWriter, _ *http.Request, name string) { render(w, function, c.functionPage(name)) }))
	mux.HandleFunc("GET /_local/functions/{name}/live", c.known(func(w http.ResponseWriter, r *http.Request, name string) {
		look.Live{Changed: c.o.Recorder.Changed, Render: func() ([]look.Fragment, error) {
			return look.Fragments(function, c.functionPage(name), "figures", "log", "invocations")
		}}.ServeHTTP(w, r)
	}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		render(w, index, home{Addresses: c.o.Addresses, AWS: c.address("aws"), ClientID: c.o.ClientID})
	})
	c.buttons(mux)
	return mux
}

// known passes on requests for a function of the fleet.
func (c *Console) known(next func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if !slices.ContainsFunc(c.o.Functions, func(f Function) bool { return f.Name == name }) {
			http.Error(w, "The fleet has no function of this name.", http.StatusNotFound)
			return
		}
		next(w, r, name)
	}
}

func (c *Console) functionPage(name string) functionPage {
	s := c.state()
	p := functionPage{Addresses: s.Addresses, Lines: c.o.Recorder.Lines(name)}
	for _, f := range s.Functions {
		if f.Name == name {
			p.Function = f
		}
	}
	for _, i := range s.Invocations {
		if i.Function == name {
			p.Invocations = append(p.Invocations, i)
		}
	}
	return p
}

func (c *Console) address(name string) string {
	for _, a := range c.o.Addresses {
		if a.Name == name {
			return a.URL
		}
	}
	return ""
}

// render writes a whole page, or says why it cannot.
func render(w http.ResponseWriter, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", look.Policy("'none'"))
	_, _ = w.Write(b.Bytes())
}
