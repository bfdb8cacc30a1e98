package fleet

import (
	"fmt"
	"strings"
)

// ReadmeBegin and ReadmeEnd are the lines of README.md that ReadmeTable's text
// stands between.
const (
	ReadmeBegin = "<!-- functions:begin -->"
	ReadmeEnd   = "<!-- functions:end -->"
)

// ReadmeTable returns the README's table of every function as Markdown, with a
// newline at its end. A test holds the README against it.
func ReadmeTable() string {
	var b strings.Builder
	b.WriteString("| function | invoked by | what it does | timeout, memory | may reach |\n")
	b.WriteString("|---|---|---|---|---|\n")
	for _, f := range Functions() {
		fmt.Fprintf(&b, "| [%s](functions/%s) | %s | %s | %s, %d MB | %s |\n",
			f.Name, f.Name, cell(f.Trigger.String()), cell(f.Does), short(f.Timeout), f.MemoryMB, cell(f.reach()))
	}
	return b.String()
}

// reach lists what the function's role lets it touch, each thing once.
func (f Function) reach() string {
	var parts []string
	if len(f.Tables) > 0 {
		parts = append(parts, "tables "+join(f.Tables, func(g Grant) string { return g.Table }))
	}
	if len(f.Sends) > 0 {
		parts = append(parts, "queues "+strings.Join(f.Sends, ", "))
	}
	if len(f.Secrets) > 0 {
		parts = append(parts, "secrets "+strings.Join(f.Secrets, ", "))
	}
	if len(f.Calls) > 0 {
		parts = append(parts, join(f.Calls, func(c Call) string { return c.Action }))
	}
	return strings.Join(parts, "; ")
}

func join[T any](items []T, name func(T) string) string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return strings.Join(names, ", ")
}

// cell keeps text inside one cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}
