package cron

import (
	"fmt"
	"strconv"
	"strings"
)

// field is the set of values that a field allows.
type field map[int]bool

func (f field) has(v int) bool { return f[v] }

// parser keeps the first error, so that fields can be read in one expression.
type parser struct{ err error }

func (p *parser) fail(name, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
}

// field reads lists, ranges and steps of the numbers from lo to hi.
func (p *parser) field(name, text string, lo, hi int, names map[string]int) field {
	set := field{}
	for item := range strings.SplitSeq(text, ",") {
		span, stepText, stepped := strings.Cut(item, "/")
		step := 1
		if stepped {
			step = p.number(name, stepText, 1, hi, nil)
		}
		from, to := p.span(name, span, stepped, lo, hi, names)
		if p.err != nil {
			return nil
		}
		for v := from; v <= to; v += step {
			set[v] = true
		}
	}
	return set
}

// span reads *, a number or a range. A number with a step goes on to the end.
func (p *parser) span(name, text string, stepped bool, lo, hi int, names map[string]int) (from, to int) {
	if text == "*" {
		return lo, hi
	}
	first, last, ranged := strings.Cut(text, "-")
	from = p.number(name, first, lo, hi, names)
	switch {
	case ranged:
		to = p.number(name, last, lo, hi, names)
	case stepped:
		to = hi
	default:
		to = from
	}
	if from > to {
		p.fail(name, "%s runs backwards", text)
	}
	return from, to
}

func (p *parser) number(name, text string, lo, hi int, names map[string]int) int {
	if v, ok := names[strings.ToUpper(text)]; ok {
		return v
	}
	v, err := strconv.Atoi(text)
	if err != nil || strings.ContainsAny(text, "+-") {
		p.fail(name, "%q is not a value", text)
		return lo
	}
	if v < lo || v > hi {
		p.fail(name, "%d is not between %d and %d", v, lo, hi)
	}
	return v
}

func monthNames() map[string]int {
	return numbered(1, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
}

func dayNames() map[string]int {
	return numbered(1, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
}

func numbered(first int, names ...string) map[string]int {
	out := make(map[string]int, len(names))
	for i, n := range names {
		out[n] = first + i
	}
	return out
}
