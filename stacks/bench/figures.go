package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one measured figure beside its budget.
type row struct {
	what     string
	budget   string
	measured string
	state    state
	note     string
}

// state says how a figure stands to its budget.
type state int

const (
	untold state = iota // there is no budget
	within
	over
)

func (s state) String() string { return [...]string{"", "ok", "OVER"}[s] }

// table prints rows as they come, one section after the other.
type table struct {
	w          io.Writer
	over, told int
}

// section prints a heading and its rows.
func (t *table) section(heading string, rows []row) {
	_, _ = fmt.Fprintf(t.w, "\n%s\n", heading)
	tw := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		_, _ = fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\n", r.what, r.measured, r.budget, r.state, r.note)
		if r.state != untold {
			t.told++
		}
		if r.state == over {
			t.over++
		}
	}
	_ = tw.Flush()
}

// end prints the sum.
func (t *table) end() {
	_, _ = fmt.Fprintf(t.w, "\n%d of %d budgets met\n", t.told-t.over, t.told)
}

// atMost judges a figure against the most that it may be.
func atMost[T cmp.Ordered](got, limit T) state {
	if got > limit {
		return over
	}
	return within
}

// atLeast judges a figure against the least that it must be.
func atLeast[T cmp.Ordered](got, limit T) state {
	if got < limit {
		return over
	}
	return within
}

// quantile is the nearest-rank quantile of values, q from 0 to 1.
func quantile[T cmp.Ordered](values []T, q float64) (out T) {
	if len(values) == 0 {
		return out
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func median[T cmp.Ordered](values []T) T { return quantile(values, 0.5) }

// each returns one figure of every reading.
func each[T any](readings []reading, figure func(reading) T) []T {
	out := make([]T, len(readings))
	for i, r := range readings {
		out[i] = figure(r)
	}
	return out
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
func mb(n int64) string         { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
