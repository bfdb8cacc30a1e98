package cron_test

import (
	"errors"
	"testing"
	"time"

	"callanalyst/stacks/local/feeds/cron"
)

const layout = "2006-01-02 15:04:05"

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, expression, after string
		want                    []string // the times that follow one another
	}{
		{name: "every minute", expression: "* * * * ? *", after: "2026-11-21 10:00:30", want: []string{"2026-11-21 10:01:00", "2026-11-21 10:02:00"}},
		{name: "a due minute is not due again", expression: "0 10 * * ? *", after: "2026-11-21 10:00:00", want: []string{"2026-11-22 10:00:00"}},
		{name: "every night", expression: "cron(15 3 * * ? *)", after: "2026-11-21 10:00:00", want: []string{"2026-11-22 03:15:00", "2026-11-23 03:15:00"}},
		{name: "a step from zero", expression: "0/15 * * * ? *", after: "2026-11-21 10:50:00", want: []string{"2026-11-21 11:00:00", "2026-11-21 11:15:00"}},
		{name: "a step from a number", expression: "5/20 12 * * ? *", after: "2026-11-21 12:10:00", want: []string{"2026-11-21 12:25:00", "2026-11-21 12:45:00", "2026-11-22 12:05:00"}},
		{name: "a range with a step", expression: "0 8-16/4 * * ? *", after: "2026-11-21 09:00:00", want: []string{"2026-11-21 12:00:00", "2026-11-21 16:00:00", "2026-11-22 08:00:00"}},
		{name: "a list", expression: "0,30 9 * * ? *", after: "2026-11-21 09:00:00", want: []string{"2026-11-21 09:30:00", "2026-11-22 09:00:00"}},
		{name: "weekdays by name", expression: "0 18 ? * MON-FRI *", after: "2026-11-20 18:00:00", want: []string{"2026-11-23 18:00:00"}},
		{name: "weekdays by number", expression: "0 18 ? * 2-6 *", after: "2026-11-20 18:00:00", want: []string{"2026-11-23 18:00:00"}},
		{name: "Sunday is 1", expression: "0 0 ? * 1 *", after: "2026-11-21 12:00:00", want: []string{"2026-11-22 00:00:00"}},
		{name: "the first of the month", expression: "0 0 1 * ? *", after: "2026-11-21 00:00:00", want: []string{"2026-12-01 00:00:00", "2027-01-01 00:00:00"}},
		{name: "the thirty-first skips short months", expression: "0 0 31 * ? *", after: "2026-08-31 00:00:00", want: []string{"2026-10-31 00:00:00"}},
		{name: "a leap day", expression: "0 0 29 2 ? *", after: "2026-11-21 00:00:00", want: []string{"2028-02-29 00:00:00"}},
		{name: "the last day", expression: "0 8 L * ? *", after: "2027-02-01 00:00:00", want: []string{"2027-02-28 08:00:00", "2027-03-31 08:00:00"}},
		{name: "the last weekday", expression: "0 8 LW * ? *", after: "2027-02-01 00:00:00", want: []string{"2027-02-26 08:00:00"}},
		{name: "the weekday nearest a Saturday is Friday", expression: "0 8 21W * ? *", after: "2026-11-01 00:00:00", want: []string{"2026-11-20 08:00:00"}},
		{name: "the weekday nearest a Sunday is Monday", expression: "0 8 15W * ? *", after: "2026-11-01 00:00:00", want: []string{"2026-11-16 08:00:00"}},
		{name: "the weekday nearest the first stays in its month", expression: "0 8 1W * ? *", after: "2026-08-01 00:00:00", want: []string{"2026-08-03 08:00:00"}},
		{name: "the weekday nearest the last stays in its month", expression: "0 8 31W * ? *", after: "2027-01-01 00:00:00", want: []string{"2027-01-29 08:00:00"}},
		{name: "the second Friday", expression: "0 8 ? * 6#2 *", after: "2026-11-01 00:00:00", want: []string{"2026-11-13 08:00:00", "2026-12-11 08:00:00"}},
		{name: "the last Friday", expression: "0 8 ? * FRIL *", after: "2026-11-01 00:00:00", want: []string{"2026-11-27 08:00:00"}},
		{name: "L as a day of the week is Saturday", expression: "0 8 ? * L *", after: "2026-11-22 00:00:00", want: []string{"2026-11-28 08:00:00"}},
		{name: "months by name", expression: "0 0 1 JAN,JUL ? *", after: "2026-02-01 00:00:00", want: []string{"2026-07-01 00:00:00", "2027-01-01 00:00:00"}},
		{name: "a year", expression: "0 0 1 1 ? 2030", after: "2026-01-01 00:00:00", want: []string{"2030-01-01 00:00:00"}},
		{name: "a year that is over", expression: "0 0 1 1 ? 2020", after: "2026-01-01 00:00:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := cron.Parse(tt.expression)
			if err != nil {
				t.Fatal(err)
			}
			now := at(t, tt.after)
			for _, want := range tt.want {
				next, ok := s.Next(now)
				if got := next.Format(layout); !ok || got != want {
					t.Fatalf("%s after %s = %s, %v; want %s", tt.expression, now.Format(layout), got, ok, want)
				}
				now = next
			}
			if len(tt.want) > 0 {
				return
			}
			if next, ok := s.Next(now); ok {
				t.Errorf("%s after %s = %s, want never", tt.expression, tt.after, next.Format(layout))
			}
		})
	}
}

func TestNextIsInUTC(t *testing.T) {
	t.Parallel()
	s, err := cron.Parse("0 3 * * ? *")
	if err != nil {
		t.Fatal(err)
	}
	chicago := time.FixedZone("CST", -6*3600)
	next, _ := s.Next(time.Date(2026, 11, 21, 22, 0, 0, 0, chicago)) // 04:00 UTC on the 22nd
	if got, want := next.Format(time.RFC3339), "2026-11-23T03:00:00Z"; got != want {
		t.Errorf("Next = %s, want %s", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, expression string
	}{
		{name: "nothing", expression: ""},
		{name: "five fields, as in Unix", expression: "0 3 * * ?"},
		{name: "both days given", expression: "0 3 1 * MON *"},
		{name: "both days open", expression: "0 3 ? * ? *"},
		{name: "stars for both days", expression: "0 3 * * * *"},
		{name: "minute 60", expression: "60 3 * * ? *"},
		{name: "hour 24", expression: "0 24 * * ? *"},
		{name: "day 0", expression: "0 3 0 * ? *"},
		{name: "month 13", expression: "0 3 1 13 ? *"},
		{name: "day of week 8", expression: "0 3 ? * 8 *"},
		{name: "sixth Friday", expression: "0 3 ? * 6#6 *"},
		{name: "year 1969", expression: "0 3 * * ? 1969"},
		{name: "a range backwards", expression: "30-10 3 * * ? *"},
		{name: "a step of zero", expression: "*/0 3 * * ? *"},
		{name: "a word", expression: "noon 3 * * ? *"},
		{name: "a sign", expression: "+5 3 * * ? *"},
		{name: "an empty item", expression: "1,,2 3 * * ? *"},
		{name: "a rate", expression: "rate(2 minutes)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := cron.Parse(tt.expression); !errors.Is(err, cron.ErrExpression) {
				t.Errorf("Parse(%q) = %v, want ErrExpression", tt.expression, err)
			}
		})
	}
}

// A schedule's next time is always later, on a whole minute, and it is the first:
// no minute between is due.
func FuzzParse(f *testing.F) {
	for _, e := range []string{"0/2 * * * ? *", "15 3 ? * MON-FRI 2026", "0 8 LW * ? *", "0 8 ? * 6#5 *", "59 23 31W 12 ? 2199", "cron(0 0 29 2 ? *)"} {
		f.Add(e)
	}
	from := time.Date(2026, 11, 21, 10, 7, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expression string) {
		s, err := cron.Parse(expression)
		if err != nil {
			return
		}
		next, ok := s.Next(from)
		if !ok {
			return
		}
		if !next.After(from) || next.Second() != 0 || next.Location() != time.UTC {
			t.Errorf("%q after %s = %s", expression, from, next)
		}
		if before, ok := s.Next(next.Add(-time.Minute)); !ok || !before.Equal(next) {
			t.Errorf("%q: %s is due, but Next just before it says %s", expression, next, before)
		}
	})
}
