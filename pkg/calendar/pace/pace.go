// Package pace says when a calendar is looked at next. Google counts every look:
// a project has a million a day. Each connection gets the same share of them, and
// spends it where it helps: shortly before its meetings, on working days, and on
// calendars whose meetings are to be joined at all. docs/decisions/calendar-quota.md
// has the arithmetic.
package pace

import (
	"math"
	"slices"
	"time"
)

const (
	// Nominal is the share that is assumed when none is said: that of 100,000
	// connections.
	Nominal = 9.0
	// Tick is how often connections are polled that have share enough.
	Tick = 2 * time.Minute
	// Check is how long before a meeting its calendar is looked at once more, at
	// the latest. A bot ordered more than ten minutes ahead is on time. Since
	// meetings begin on the hour, the checks are spread over the minutes before.
	Check  = 12 * time.Minute
	spread = 8 * time.Minute
	// longest bounds the time between two looks, whatever the share: it is half of
	// how far ahead bots are ordered.
	longest = 36 * time.Hour
	// scarce is a share so small that no look is left for a check: the next look
	// sees what there is to see.
	scarce = 8 * time.Hour
	// first and last bound the pauses after failures.
	first, last = Tick, 6 * time.Hour
)

// Share returns how many looks a day each of n connections has of the quota. A
// tenth is kept for second pages and repetitions.
func Share(quota, n int) float64 {
	return min(0.9*float64(quota)/float64(max(n, 1)), float64(24*time.Hour/Tick))
}

// Calendar is what decides about the next look at a calendar.
type Calendar struct {
	Joins  bool        // the user wants bots
	Starts []time.Time // of the meetings with a bot, in any order
	Told   bool        // Google tells of changes
	Undone time.Time   // the start of the first meeting that something is left to do for; zero for none
}

// Next returns when c is looked at next, with share looks a day. chance, from 0 to
// 1, keeps those apart that were looked at together. It is a pure function.
func Next(c Calendar, now time.Time, share, chance float64) time.Time {
	if share <= 0 {
		share = Nominal
	}
	unit := time.Duration(float64(24*time.Hour) / share)
	if !c.Undone.IsZero() {
		return now.Add(repair(c.Undone.Sub(now), unit))
	}
	pause := float64(unit) * weight(c, now) * (0.9 + 0.2*chance)
	if c.Told {
		pause *= 2 // the other half of the share is for what is told: Ring
	}
	at := now.Add(between(Tick, time.Duration(pause), longest))
	if unit > scarce {
		return at
	}
	return early(c.Starts, Check+time.Duration(chance*float64(spread)), now.Add(max(unit/2, Tick)), at)
}

// repair is how long something undone waits: not long, and next to no time when
// the meeting is about to begin.
func repair(left, unit time.Duration) time.Duration {
	if left < 30*time.Minute {
		return between(Tick, unit/8, 3*time.Minute)
	}
	return between(Tick, unit/8, 15*time.Minute)
}

// weight is how much longer than on average a calendar waits.
func weight(c Calendar, now time.Time) float64 {
	switch {
	case !c.Joins:
		return 4.5
	case quiet(now):
		return 2
	}
	return 1
}

// quiet reports whether offices in the United States are closed from coast to
// coast: five hours of the night, and the weekend. Whoever works then is looked at
// half as often, and shortly before known meetings all the same.
func quiet(now time.Time) bool {
	now = now.UTC()
	west := now.Add(-8 * time.Hour).Weekday()
	return now.Hour() >= 6 && now.Hour() < 11 || west == time.Saturday || west == time.Sunday
}

// early returns the first moment so long ahead of a meeting that lies between from
// and to, or to itself.
func early(starts []time.Time, ahead time.Duration, from, to time.Time) time.Time {
	checks := make([]time.Time, 0, len(starts))
	for _, s := range starts {
		if t := s.Add(-ahead); t.After(from) && t.Before(to) {
			checks = append(checks, t)
		}
	}
	if len(checks) == 0 {
		return to
	}
	return slices.MinFunc(checks, time.Time.Compare)
}

// Retry returns when to look again after so many failures in a row: in two
// minutes at first, then twice as long each time, up to six hours; never before
// Google's own Retry-After. chance, from 0 to 1, spreads those that failed
// together over as long again. It is a pure function.
func Retry(failures int, wait time.Duration, now time.Time, chance float64) time.Time {
	pause := time.Duration(float64(first) * math.Pow(2, float64(min(max(failures, 1), 20)-1)))
	pause = max(min(pause, last), wait)
	return now.Add(pause + time.Duration(float64(pause)*chance))
}

func between(least, d, most time.Duration) time.Duration { return max(least, min(d, most)) }
