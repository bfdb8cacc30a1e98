package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"callanalyst/pkg/calendar/pace"
)

// figures are what is counted on the day.
type figures struct {
	ticks, onTime   int
	most            int // jobs of one tick
	slowest         time.Duration
	looks, failed   int
	waited          time.Duration // for Google, of all jobs together
	lateness        []time.Duration
	meetings, short int // short: made less than a day ahead
	found, late     int
	moved, followed int
	never           int
}

// tick counts one run of the poll, which is on time when it is over before the
// next one.
func (f *figures) tick(sent int, took time.Duration) {
	f.ticks++
	f.most, f.slowest = max(f.most, sent), max(f.slowest, took)
	if took < pace.Tick {
		f.onTime++
	}
}

func (f *figures) look(late, latency time.Duration, ok bool) {
	f.looks++
	f.waited += latency
	f.lateness = append(f.lateness, max(late, 0))
	if !ok {
		f.failed++
	}
}

func (f *figures) meeting(m meeting) {
	f.meetings++
	if m.start.Sub(m.made) < 24*time.Hour {
		f.short++
	}
	switch {
	case !m.seen:
		f.never++
	case m.late:
		f.late++
	default:
		f.found++
	}
	if !m.moved.IsZero() {
		f.moved++
		if m.stale {
			f.followed++
		}
	}
}

// print writes the figures as a table.
func (d *day) print(w io.Writer) {
	f := &d.seen
	slices.Sort(f.lateness)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("connections, all joining by themselves", "%d", d.n)
	row("quota", "%d looks a day, %d a minute", d.quota, d.minute)
	row("share of one connection", "%.2f looks a day", d.share)
	row("polls on time", "%d of %d; the slowest takes %s for %d jobs", f.onTime, f.ticks, f.slowest.Round(time.Millisecond), f.most)
	row("looks", "%d, %.2f a connection, %.1f %% of the day's quota", f.looks, float64(f.looks)/float64(d.n), 100*float64(f.looks)/float64(d.quota))
	row("looks that failed", "%d (errors and quota; each is tried again)", f.failed)
	row("lateness of a look", "p50 %s, p99 %s, worst %s", d.at(0.5), d.at(0.99), d.at(1))
	row("meetings", "%d, of which %d were made one to eight hours ahead", f.meetings, f.short)
	row("bots ordered ten minutes ahead or more", "%d (%.2f %%)", f.found, part(f.found, f.meetings))
	row("bots ordered later than that", "%d (%.2f %%)", f.late, part(f.late, f.meetings))
	row("meetings found by no look", "%d (%.2f %%)", f.never, part(f.never, f.meetings))
	row("late moves seen before the start", "%d of %d", f.followed, f.moved)
	d.printCost(row)
	_ = t.Flush()
}

// at is a quantile of the lateness.
func (d *day) at(q float64) time.Duration {
	all := d.seen.lateness
	if len(all) == 0 {
		return 0
	}
	return all[min(int(q*float64(len(all))), len(all)-1)].Round(time.Millisecond)
}

func part(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
