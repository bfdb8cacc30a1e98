package notetaker_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/boot/rapidtest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 40)) }

// mortal is a way to Recall on which the process dies right after a call: what
// came of it is never written down.
type mortal struct {
	notetaker.Bots
	die context.CancelFunc // nil lives on
}

func (m *mortal) Create(ctx context.Context, key string, o recall.Order) (string, error) {
	id, err := m.Bots.Create(ctx, key, o)
	m.end()
	return id, err
}

func (m *mortal) Remove(ctx context.Context, id string) error {
	err := m.Bots.Remove(ctx, id)
	m.end()
	return err
}

func (m *mortal) end() {
	if m.die != nil {
		m.die()
	}
}

// model is what users and calendars want of one room and start.
type model struct {
	*world
	rt      *rapid.T
	way     *mortal
	start   time.Time
	url     string
	users   []string
	wanted  map[string]bool
	stopped map[string]bool
	booked  map[string]string // the bot that a user saw last
}

func (m *model) wish(sub string) notetaker.Wish {
	return notetaker.Wish{Sub: sub, Link: meetingAt(m.t, m.url), Start: m.start, Source: notetaker.Calendar}
}

// tick is a calendar's look at the meeting. Its error is for the next tick.
func (m *model) tick(ctx context.Context, sub string) {
	if p, err := m.desk.Want(ctx, m.wish(sub)); err == nil && p.BotID != "" {
		m.booked[sub] = p.BotID
	}
}

// act does one thing of those that happen, perhaps with the process dying in it.
func (m *model) act() {
	ctx, die := context.WithCancel(m.t.Context())
	defer die()
	if rapid.IntRange(0, 5).Draw(m.rt, "dies") == 0 {
		m.way.die = die
		defer func() { m.way.die = nil }()
	}
	sub := rapid.SampledFrom(m.users).Draw(m.rt, "user")
	l := meetingAt(m.t, m.url)
	switch rapid.SampledFrom([]string{"want", "want", "want", "withdraw", "stop", "skip", "unskip", "time", "time", "outage"}).Draw(m.rt, "what") {
	case "want":
		m.wanted[sub] = true
		m.tick(ctx, sub)
	case "withdraw":
		m.wanted[sub] = false
		_ = m.desk.Withdraw(ctx, sub, l, m.start) // tried again by the calendar's next tick
	case "stop":
		if id := m.booked[sub]; id != "" {
			m.insist(ctx, func(ctx context.Context) error { return m.desk.Stop(ctx, sub, id) })
			m.stopped[sub] = true
		}
	case "skip", "unskip":
		skip := rapid.Bool().Draw(m.rt, "skip")
		m.insist(ctx, func(ctx context.Context) error { return m.desk.Skip(ctx, sub, l, m.start, skip) })
		m.stopped[sub] = skip
	case "time":
		m.pass(time.Duration(rapid.IntRange(1, 600).Draw(m.rt, "seconds")) * time.Second)
	case "outage":
		m.trouble()
	}
}

// insist does what a user does who is told to try again: once more, later.
func (m *model) insist(ctx context.Context, do func(context.Context) error) {
	if do(ctx) == nil {
		return
	}
	m.never()
	m.mend()
	m.way.die = nil
	m.skip(30 * time.Second)
	if err := do(m.t.Context()); err != nil {
		m.rt.Fatalf("the second try: %v", err)
	}
}

func (m *model) trouble() {
	m.recall.Inject(recalltest.Fault{
		Method: rapid.SampledFrom([]string{"", "POST", "DELETE", "GET"}).Draw(m.rt, "method"),
		Status: rapid.SampledFrom([]int{0, 429, 500, 502, 507}).Draw(m.rt, "status"),
		After:  rapid.Bool().Draw(m.rt, "after"), Times: rapid.IntRange(1, 3).Draw(m.rt, "times"),
	})
}

// mend ends all troubles: those that are not used up yet are used up here.
func (m *model) mend() { m.recall.MendAll() }

func (m *model) never() {
	if live := m.live(); len(live) > 1 {
		m.rt.Fatalf("%d live bots in one room at one time: %s and %s", len(live), live[0].ID, live[1].ID)
	}
}

// TestModel lets users, calendars, outages and crashes happen in any order. There
// are never two bots in the room; in the end there is one if somebody wants it,
// and none that everybody who had it has stopped.
func TestModel(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	var serial atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		id := serial.Add(1)
		w := newWorld(t, db)
		m := &model{
			world: w, rt: rt, start: w.now().Add(40 * time.Minute), url: fmt.Sprintf("https://zoom.us/j/5%08d", id),
			wanted: map[string]bool{}, stopped: map[string]bool{}, booked: map[string]string{}, way: &mortal{Bots: w.desk.Recall},
		}
		w.desk.Recall = m.way
		for i := range 3 {
			m.users = append(m.users, fmt.Sprintf("user-%d-%d", id, i))
			w.user(m.users[i], "pro")
		}
		for range rapid.IntRange(3, 25).Draw(rt, "acts") {
			m.act()
			m.never()
		}
		m.settle()
	})
}

// settle lets the trouble pass and each calendar look once more.
func (m *model) settle() {
	m.mend()
	m.skip(time.Minute)
	want := 0
	for _, sub := range m.users {
		if !m.wanted[sub] {
			if err := m.desk.Withdraw(m.t.Context(), sub, meetingAt(m.t, m.url), m.start); err != nil {
				m.rt.Fatalf("withdraw: %v", err)
			}
			continue
		}
		m.tick(m.t.Context(), sub)
		if !m.stopped[sub] {
			want = 1
		}
	}
	m.never()
	if m.now().After(m.start.Add(-11 * time.Minute)) {
		m.pass(max(m.start.Sub(m.now()), 0) + 30*time.Second) // a bot this close to its start is only ended once it shows itself
		m.never()
		if want == 0 && len(m.live()) != 0 {
			m.rt.Fatalf("nobody wants the bot, and it is there: %+v", m.live())
		}
		return
	}
	if got := len(m.live()); got != want {
		m.rt.Fatalf("%d live bots, want %d; wanted %v, stopped %v", got, want, m.wanted, m.stopped)
	}
}
