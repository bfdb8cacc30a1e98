package cron

import (
	"strings"
	"time"
)

// dayRule says which days are due. One of its two sides is ?, "no matter": the
// zero value of that side. The zero dayRule has no days.
type dayRule struct {
	month func(time.Time) bool // by day of month
	week  func(time.Time) bool // by day of week
}

func (d dayRule) has(t time.Time) bool {
	switch {
	case d.month != nil:
		return d.month(t)
	case d.week != nil:
		return d.week(t)
	}
	return false
}

// days reads both day fields, exactly one of which is ?.
func (p *parser) days(ofMonth, ofWeek string) dayRule {
	if (ofMonth == "?") == (ofWeek == "?") {
		p.fail("days", "exactly one of day of month and day of week is ?")
		return dayRule{}
	}
	if ofWeek == "?" {
		return dayRule{month: p.dayOfMonth(ofMonth)}
	}
	return dayRule{week: p.dayOfWeek(ofWeek)}
}

func (p *parser) dayOfMonth(text string) func(time.Time) bool {
	const name = "day of month"
	upper := strings.ToUpper(text)
	if upper == "L" {
		return func(t time.Time) bool { return t.Day() == lastDay(t) }
	}
	if upper == "LW" {
		return func(t time.Time) bool { return t.Day() == nearestWeekday(t, lastDay(t)) }
	}
	if day, ok := strings.CutSuffix(upper, "W"); ok {
		n := p.number(name, day, 1, 31, nil)
		return func(t time.Time) bool { return n <= lastDay(t) && t.Day() == nearestWeekday(t, n) }
	}
	days := p.field(name, text, 1, 31, nil)
	return func(t time.Time) bool { return days.has(t.Day()) }
}

func (p *parser) dayOfWeek(text string) func(time.Time) bool {
	const name = "day of week"
	upper := strings.ToUpper(text)
	if upper == "L" { // Saturday, the last day of a week
		return func(t time.Time) bool { return t.Weekday() == time.Saturday }
	}
	if day, nth, ok := strings.Cut(upper, "#"); ok {
		d, n := p.number(name, day, 1, 7, dayNames()), p.number(name, nth, 1, 5, nil)
		return func(t time.Time) bool { return weekday(t) == d && (t.Day()-1)/7+1 == n }
	}
	if day, ok := strings.CutSuffix(upper, "L"); ok {
		d := p.number(name, day, 1, 7, dayNames())
		return func(t time.Time) bool { return weekday(t) == d && t.Day()+7 > lastDay(t) }
	}
	days := p.field(name, text, 1, 7, dayNames())
	return func(t time.Time) bool { return days.has(weekday(t)) }
}

// weekday counts from Sunday, 1.
func weekday(t time.Time) int { return int(t.Weekday()) + 1 }

func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday is the weekday closest to a day of t's month, within the month.
func nearestWeekday(t time.Time, day int) int {
	last := lastDay(t)
	switch time.Date(t.Year(), t.Month(), day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == last {
			return day - 2
		}
		return day + 1
	}
	return day
}
