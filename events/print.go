package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// printer shows what happens, in colours where a person looks on.
type printer struct {
	w      io.Writer
	colour bool
	width  int      // of the widest sample's name
	table  bool     // many samples: a row each, differences at the end
	later  []string // what is told below the table
	ok, n  int
	began  time.Time
}

// newPrinter writes in colours only to a terminal, and never where NO_COLOR is
// set.
func newPrinter(w io.Writer) *printer {
	p := &printer{w: w, began: time.Now()}
	if f, ok := w.(*os.File); ok && os.Getenv("NO_COLOR") == "" {
		info, err := f.Stat()
		p.colour = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// The colours: SGR codes.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
	bold   = "1"
)

func (p *printer) in(colour, s string) string {
	if !p.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

func (p *printer) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }

// list shows the samples there are.
func (p *printer) list(all []sample) {
	for _, s := range all {
		p.line("%s", s)
	}
	p.line("\n%s", p.in(faint, fmt.Sprintf("go run ./events -- %s replays one, -- all replays all %d", all[0], len(all))))
}

// begin shows the head of the table.
func (p *printer) begin(chosen []sample) {
	p.table = len(chosen) > 1
	for _, s := range chosen {
		p.width = max(p.width, len(s.String()))
	}
	if p.table {
		p.line("%s", p.in(bold, fmt.Sprintf("%-*s  %8s  %8s  %8s  %5s  %s", p.width, "event", "start ms", "cold ms", "warm ms", "calls", "result")))
	}
}

// watch returns what shows calls and streams as they come, for one sample.
func (p *printer) watch(single bool) watcher {
	if !single {
		return watcher{}
	}
	return watcher{
		call: func(c call) {
			p.line("  %s %s%s", p.in(faint, fmt.Sprintf("%7.1f ms", milliseconds(c.ended))), p.in(bold, c.Service+" "+c.Operation), refused(p, c))
			if c.With != nil {
				p.line("             %s", p.in(faint, compactJSON(c.With)))
			}
		},
		piece: func(s string, after time.Duration) {
			for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
				p.line("  %s %s", p.in(faint, fmt.Sprintf("%7.1f ms", milliseconds(after))), line)
			}
		},
	}
}

func refused(p *printer, c call) string {
	if c.Answered == "" {
		return ""
	}
	return " " + p.in(yellow, "→ "+c.Answered)
}

// outcome shows one sample's end: a row, or all there is to say.
func (p *printer) outcome(o outcome) {
	p.n++
	if o.ok() {
		p.ok++
	}
	if p.table {
		p.line("%-*s  %8.1f  %8.1f  %8.1f  %5d  %s", p.width, o.sample,
			milliseconds(o.start), milliseconds(o.cold), milliseconds(o.warm), len(o.calls), p.result(o))
		if !o.ok() {
			p.later = append(p.later, p.in(bold, o.sample.String())+"\n"+p.details(o))
		}
		return
	}
	p.line("%s", strings.TrimRight("  "+strings.ReplaceAll(prettyJSON(o.answer), "\n", "\n  "), " \n"))
	p.line("%s: start %.1f ms, cold %.1f ms, warm %.1f ms, %d calls, %.0f ms in all: %s", p.in(bold, o.sample.String()),
		milliseconds(o.start), milliseconds(o.cold), milliseconds(o.warm), len(o.calls), milliseconds(o.whole), p.result(o))
	if !o.ok() {
		p.line("%s", p.details(o))
	}
}

// result is an outcome in a word or two.
func (p *printer) result(o outcome) string {
	switch {
	case o.missing:
		return p.in(red, "no golden file")
	case o.difference != "":
		return p.in(red, "differs from its golden file")
	case o.inconsistent != "":
		return p.in(red, "the warm answer differs")
	case o.wrote:
		return p.in(yellow, "golden file written")
	}
	return p.in(green, "ok")
}

// details say what differs, and what the function printed.
func (p *printer) details(o outcome) string {
	var b strings.Builder
	switch {
	case o.missing:
		fmt.Fprintf(&b, "there is no %s; go run ./events -- -update %s writes it:\n", o.sample.goldenFile(), o.sample)
	case o.difference != "":
		fmt.Fprintf(&b, "- %s\n+ this run\n", o.sample.goldenFile())
	default:
		b.WriteString("- the cold answer\n+ the warm answer\n")
	}
	for line := range strings.SplitSeq(strings.TrimRight(o.difference+o.inconsistent, "\n"), "\n") {
		b.WriteString(p.marked(line) + "\n")
	}
	for _, line := range o.log {
		b.WriteString(p.in(faint, "log: "+line) + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

func (p *printer) marked(line string) string {
	switch {
	case strings.HasPrefix(line, "+"):
		return p.in(green, line)
	case strings.HasPrefix(line, "-"):
		return p.in(red, line)
	}
	return line
}

// end shows what the table leaves to be told.
func (p *printer) end() {
	if !p.table {
		return
	}
	for _, s := range p.later {
		p.line("\n%s", s)
	}
	summary := fmt.Sprintf("%d of %d ok in %.1f s", p.ok, p.n, time.Since(p.began).Seconds())
	if p.ok == p.n {
		p.line("%s", p.in(green, summary))
		return
	}
	p.line("\n%s", p.in(red, summary))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
