package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// screen shows a job to a person: one line that moves on a terminal, a line for
// each slice elsewhere, and the report.
type screen struct {
	w    io.Writer
	live bool
	now  func() time.Time

	began time.Time // of this run
	seen  int       // before it
	dirty bool      // the moving line stands there
}

func (s *screen) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.w, format, args...) }

func (s *screen) begins(st state) {
	s.began = s.now()
	s.printf("%s%s\n", st.Job, dry(st, ": dry run, nothing is written"))
}

func (s *screen) resumes(st state) {
	s.began, s.seen = s.now(), st.seen()
	s.printf("%s: goes on where it stopped at %s, behind %s users%s\n", st.Job, st.Updated.Format(time.DateTime), grouped(st.seen()), dry(st, " (dry run)"))
}

func dry(st state, words string) string {
	if st.DryRun {
		return words
	}
	return ""
}

// progress shows how far the job is, and when it will end if that can be known.
func (s *screen) progress(st state) {
	line := fmt.Sprintf("  %s users", grouped(st.seen()))
	rate := float64(st.seen()-s.seen) / max(s.now().Sub(s.began).Seconds(), 0.001)
	if st.Total > 0 {
		part := min(float64(st.seen())/float64(st.Total), 1)
		line = fmt.Sprintf("  [%s] %3.0f %%  %s of %s", bar(part), part*100, grouped(st.seen()), grouped(st.Total))
	}
	line += fmt.Sprintf("  %s a second", grouped(int(rate)))
	if left := st.Total - st.seen(); left > 0 && rate > 0 && !st.Done {
		line += "  about " + time.Duration(float64(left)/rate*float64(time.Second)).Round(time.Second).String() + " left"
	}
	s.line(line)
}

// line draws over the line before it on a terminal.
func (s *screen) line(text string) {
	if s.live {
		s.printf("\r\x1b[K%s", text)
		s.dirty = true
		return
	}
	s.printf("%s\n", text)
}

// end leaves the moving line standing.
func (s *screen) end() {
	if s.dirty {
		s.printf("\n")
		s.dirty = false
	}
}

func (s *screen) waits(why string, wait time.Duration) {
	s.end()
	if wait > 0 {
		s.printf("  %s; again in %s\n", why, wait)
		return
	}
	s.printf("  %s; goes on\n", why)
}

const barWidth = 30

func bar(part float64) string {
	n := int(part * barWidth)
	return strings.Repeat("#", n) + strings.Repeat(".", barWidth-n)
}

// meaning says what an outcome is.
func meaning(outcome string) string {
	return map[string]string{
		"created":             "new rows",
		"there":               "had a row already",
		"skipped_no_email":    "passed over: no e-mail, or anonymous",
		"skipped_unconfirmed": "passed over: the sign-up was never confirmed",
		"no_sub":              "Cognito lists the user without a sub",
		"free":                "never paid, nothing to do",
		"waiting":             "paid, checked at Stripe, kept for their first sign-in",
		"applied":             "paid, checked at Stripe, given to the user who has come over",
		"ended":               "Stripe knows the customer, who pays for nothing now",
		"unpaid_tier":         "the old table says paid, but names no Stripe customer: they become free",
		"unknown_customer":    "Stripe does not know the customer that the old table names",
		"other_customer":      "the user has another Stripe customer already, which stays",
		"customer_refused":    "the Stripe customer is deleted, or another user's",
		"no_legacy_user":      "not in the snapshot: run users again, then plans",
		"deleted_in_legacy":   "the old system has deleted the user",
	}[outcome]
}

// maxShown bounds the troubles on the screen; the file has all that are known.
const maxShown = 20

// report tells what was done, passed over and left to look at.
func (s *screen) report(st state, file string) {
	s.end()
	s.printf("  done in %s, %d slices%s\n\n", st.Updated.Sub(st.Began).Round(time.Second), st.Slices, dry(st, "; nothing was written"))
	for _, outcome := range slices.Sorted(maps.Keys(st.Tally)) {
		s.printf("  %10s  %-20s %s\n", grouped(st.Tally[outcome]), outcome, meaning(outcome))
	}
	if st.Total > st.seen() {
		s.printf("\n  The old system counts %s users, of whom %s were seen: some moved between its pages. Run this again.\n", grouped(st.Total), grouped(st.seen()))
	}
	if len(st.Troubles) > 0 {
		s.printf("\n  Somebody should look at:\n")
		for _, t := range st.Troubles[:min(len(st.Troubles), maxShown)] {
			s.printf("  %-40s %s\n", t.ID, t.Outcome)
		}
		if more := len(st.Troubles) - maxShown; more > 0 {
			s.printf("  and %s more\n", grouped(more))
		}
	}
	s.printf("\n  The report is in %s\n\n", file)
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
