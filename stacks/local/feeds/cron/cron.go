// Package cron reads the cron expressions of Amazon EventBridge and tells when
// they are due.
//
// They have six fields (minutes, hours, day of month, month, day of week, year),
// all in UTC. Besides lists, ranges and steps they know ? for "no matter", L for
// the last day, W for the weekday nearest a day, and # for the nth weekday of a
// month. Days of the week count from Sunday, 1.
package cron

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrExpression reports an expression that EventBridge would refuse. What wraps
// it says which field and why.
var ErrExpression = errors.New("not an EventBridge cron expression")

// Schedule is a parsed expression. The zero value is never due.
type Schedule struct {
	minutes, hours, months, years field
	days                          dayRule
}

// Parse reads an expression with or without its cron( ) around it.
func Parse(expression string) (Schedule, error) {
	text := strings.TrimSpace(expression)
	if inner, ok := strings.CutPrefix(text, "cron("); ok {
		text = strings.TrimSuffix(inner, ")")
	}
	f := strings.Fields(text)
	if len(f) != 6 {
		return Schedule{}, fmt.Errorf("%w: %q has %d fields, want 6", ErrExpression, expression, len(f))
	}
	p := &parser{}
	s := Schedule{
		minutes: p.field("minutes", f[0], 0, 59, nil), hours: p.field("hours", f[1], 0, 23, nil),
		months: p.field("month", f[3], 1, 12, monthNames()), years: p.field("year", f[5], 1970, 2199, nil),
		days: p.days(f[2], f[4]),
	}
	if p.err != nil {
		return Schedule{}, fmt.Errorf("%w: %q: %w", ErrExpression, expression, p.err)
	}
	return s, nil
}

// Next returns the first minute after t at which the schedule is due, in UTC. It
// is false when there is none, which only a year in the past can cause.
func (s Schedule) Next(t time.Time) (time.Time, bool) {
	t = t.UTC().Truncate(time.Minute).Add(time.Minute)
	for day := t; day.Year() <= 2199; day = midnight(day) {
		if !s.years.has(day.Year()) || !s.months.has(int(day.Month())) || !s.days.has(day) {
			continue
		}
		if due, ok := s.within(day); ok {
			return due, true
		}
	}
	return time.Time{}, false
}

// within returns the first due minute of the day that from is in, from there on.
func (s Schedule) within(from time.Time) (time.Time, bool) {
	for h := from.Hour(); h <= 23; h++ {
		if !s.hours.has(h) {
			continue
		}
		first := 0
		if h == from.Hour() {
			first = from.Minute()
		}
		for m := first; m <= 59; m++ {
			if s.minutes.has(m) {
				return time.Date(from.Year(), from.Month(), from.Day(), h, m, 0, 0, time.UTC), true
			}
		}
	}
	return time.Time{}, false
}

// midnight is the beginning of the next day.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, time.UTC)
}
