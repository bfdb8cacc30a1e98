package main

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"callanalyst/pkg/calendar/pace"
	"callanalyst/pkg/calendar/poll"
)

// warm is how long the simulation runs before the day that is counted: the pauses
// between looks must have found their rhythm.
const warm = 24 * time.Hour

// day is one simulated day of n connections.
type day struct {
	n, quota, minute int
	share            float64
	rand             *rand.Rand
	now, begin, end  time.Time // of the poll; of the day that is counted

	people []person
	due    queue // connections by next_poll_at
	lane   *poll.Lane
	google party
	seen   figures
}

// newDay makes n people and their first polls, spread over a pause.
func newDay(n, quota, minute int) *day {
	begin := time.Date(2026, 11, 18, 5, 0, 0, 0, time.UTC) // a Wednesday, midnight in New York
	d := &day{
		n: n, quota: quota, minute: minute, share: pace.Share(quota, n), rand: rand.New(rand.NewPCG(1, uint64(n))), //nolint:gosec // a simulation repeats itself
		now: begin.Add(-warm), begin: begin, end: begin.Add(24 * time.Hour),
		lane:   &poll.Lane{Rate: max(minute*8/10/60, 1)},
		google: party{perMinute: minute},
	}
	unit := int64(float64(24*time.Hour) / d.share)
	for i := range n {
		d.people = append(d.people, d.person(begin))
		d.due = append(d.due, turn{who: int32(i), at: d.now.Add(time.Duration(d.rand.Int64N(unit)))})
	}
	heap.Init(&d.due)
	return d
}

// run runs the poll every two minutes until the day is over.
func (d *day) run() {
	for ; d.now.Before(d.end); d.now = d.now.Add(pace.Tick) {
		d.tick()
	}
	d.missed()
}

// tick is one run of calendar-poll, and what its jobs do when they arrive.
func (d *day) tick() {
	sent := 0
	for len(d.due) > 0 && !d.due[0].at.After(d.now.Add(pace.Tick)) {
		at, ok := d.lane.Slot(d.due[0].at, d.now)
		if !ok {
			break
		}
		t := d.due[0]
		sent++
		if arrives := d.now.Add(d.took(sent)); at.Before(arrives) {
			at = arrives // those before it in the run are claimed and sent first
		}
		d.due[0].at = d.job(t, at)
		heap.Fix(&d.due, 0)
	}
	d.counted(d.now, func(f *figures) { f.tick(sent, d.took(sent)) })
}

// claimsPerSecond is how fast calendar-poll claims and sends: 64 hands, each ten
// claims of 8 ms and one batch of 20 ms.
const claimsPerSecond = 64 * 10 / 0.1

// took is how long a run takes on AWS.
func (d *day) took(sent int) time.Duration {
	return time.Duration(float64(sent) / claimsPerSecond * float64(time.Second))
}

// job is one job of calendar-sync: it returns when the connection is due again.
func (d *day) job(t turn, at time.Time) time.Time {
	p := &d.people[t.who]
	latency, ok := d.google.look(at, d.rand)
	d.counted(at, func(f *figures) { f.look(at.Sub(t.at), latency, ok) })
	if !ok {
		p.failures++
		return pace.Retry(int(p.failures), 0, at, d.rand.Float64())
	}
	p.failures = 0
	c := d.sees(p, at)
	return pace.Next(c, at.Add(latency), d.share, d.rand.Float64())
}

// counted counts what happens on the day itself.
func (d *day) counted(at time.Time, add func(*figures)) {
	if !at.Before(d.begin) && at.Before(d.end) {
		add(&d.seen)
	}
}

// turn is when whose connection is due.
type turn struct {
	at  time.Time
	who int32
}

// queue is a heap of turns, the earliest first.
type queue []turn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) { *q = append(*q, x.(turn)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
