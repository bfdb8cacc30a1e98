package main

import (
	"math/rand/v2"
	"time"

	"callanalyst/pkg/calendar/follow"
	"callanalyst/pkg/calendar/pace"
)

// person is one user's calendar of the day.
type person struct {
	joins    bool
	failures uint8
	meetings []meeting
}

// meeting is one that a bot is to join. It enters the calendar at made, and is moved
// by half an hour at moved, if that is not zero.
type meeting struct {
	start, made, moved time.Time
	seen               bool // a look found it
	late               bool // and ordered its bot less than ten minutes ahead
	stale              bool // a look was made after it was moved
}

// The model of people, on a working day: all of them have switched auto-join on,
// the dearest case. Each has five meetings with a link on average, in the nine hours
// of an office in one of four time zones; one in ten is made less than a day ahead,
// between an hour and eight; one in twenty is moved during its last three hours.
const (
	meetings  = 5.0
	shortly   = 0.10
	moving    = 0.05
	offices   = 9 * time.Hour
	timeZones = 4
)

func (d *day) person(begin time.Time) person {
	p := person{joins: true}
	office := begin.Add(8*time.Hour + time.Duration(d.rand.IntN(timeZones))*time.Hour)
	for range poisson(d.rand, meetings) {
		m := meeting{start: office.Add(time.Duration(d.rand.Int64N(int64(offices/(30*time.Minute)))) * 30 * time.Minute)}
		m.made = m.start.Add(-7 * 24 * time.Hour)
		if d.rand.Float64() < shortly {
			m.made = m.start.Add(-time.Hour - time.Duration(d.rand.Int64N(int64(7*time.Hour))))
		}
		if d.rand.Float64() < moving {
			m.moved = m.start.Add(-time.Duration(d.rand.Int64N(int64(3 * time.Hour))))
			if m.moved.Before(m.made) {
				m.moved = time.Time{}
			}
		}
		p.meetings = append(p.meetings, m)
	}
	return p
}

// poisson draws a count with the given mean.
func poisson(r *rand.Rand, mean float64) (n int) {
	for sum := r.ExpFloat64(); sum < mean; sum += r.ExpFloat64() {
		n++
	}
	return n
}

// sees is what a look at the person's calendar finds.
func (d *day) sees(p *person, at time.Time) pace.Calendar {
	c := pace.Calendar{Joins: p.joins}
	for i := range p.meetings {
		m := &p.meetings[i]
		if m.made.After(at) || m.start.Before(at) || m.start.Sub(at) > follow.Ahead {
			continue
		}
		if !m.seen {
			m.seen, m.late = true, m.start.Sub(at) < 10*time.Minute
		}
		if !m.moved.IsZero() && at.After(m.moved) {
			m.stale = true
		}
		c.Starts = append(c.Starts, m.start)
	}
	return c
}

// missed counts, at the end of the day, what became of the meetings.
func (d *day) missed() {
	for i := range d.people {
		for _, m := range d.people[i].meetings {
			d.seen.meeting(m)
		}
	}
}
