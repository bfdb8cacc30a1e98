package poll_test

import (
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callanalyst/pkg/boot/rapidtest"
	"callanalyst/pkg/calendar/poll"
)

func TestLane(t *testing.T) {
	t.Parallel()
	lane := &poll.Lane{Rate: 2}
	steps := []struct {
		name     string
		due, now time.Duration
		want     time.Duration
		full     bool
	}{
		{name: "an empty lane has room at once"},
		{name: "and for another"},
		{name: "the third waits a second", want: time.Second},
		{name: "one that is due later comes later", due: 10 * time.Second, want: 10 * time.Second},
		{name: "and keeps its own moment", due: 10*time.Second + 300*time.Millisecond, want: 10*time.Second + 300*time.Millisecond},
		{name: "until that second is full", due: 10 * time.Second, want: 11 * time.Second},
		{name: "an overdue one still finds the first room", due: -time.Hour, want: time.Second},
		{name: "and the next", due: -time.Hour, want: 2 * time.Second},
		{name: "time goes by", due: -time.Hour, now: 5 * time.Second, want: 5 * time.Second},
		{name: "what is taken stays taken", due: 10 * time.Second, now: 5 * time.Second, want: 11 * time.Second},
		{name: "nothing is held back for longer than a quarter of an hour", due: 16 * time.Minute, now: 5 * time.Second, full: true},
	}
	for _, s := range steps {
		got, ok := lane.Slot(noon.Add(s.due), noon.Add(s.now))
		if ok == s.full || ok && !got.Equal(noon.Add(s.want)) {
			t.Errorf("%s: Slot(due in %s, at %s) = in %s, %t, want in %s, %t", s.name, s.due, s.now, got.Sub(noon), ok, s.want, !s.full)
		}
	}
}

func TestALaneFillsUp(t *testing.T) {
	t.Parallel()
	lane := &poll.Lane{Rate: 133}
	n := 0
	for ; n < 200_000; n++ {
		if _, ok := lane.Slot(noon.Add(-time.Minute), noon); !ok {
			break
		}
	}
	if n != 901*133 {
		t.Errorf("%d jobs found room, want those of 901 seconds", n)
	}
	if _, ok := lane.Slot(noon, noon.Add(time.Second)); !ok {
		t.Error("a second later there is no room, want some")
	}
}

func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 100)) }

// TestALaneNeverHoldsMoreThanItsRate holds for any jobs at any time.
func TestALaneNeverHoldsMoreThanItsRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		lane := &poll.Lane{Rate: rapid.IntRange(1, 4).Draw(rt, "rate")}
		taken := map[int64]int{}
		now := noon
		for range rapid.IntRange(1, 200).Draw(rt, "jobs") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(rt, "pause")) * time.Millisecond)
			due := now.Add(time.Duration(rapid.IntRange(-60, 60).Draw(rt, "due")) * time.Second)
			at, ok := lane.Slot(due, now)
			if !ok {
				rt.Fatalf("no room for a job, with next to none before it")
			}
			if at.Before(due) || at.Before(now.Truncate(time.Second)) {
				rt.Fatalf("a job due at %s gets %s at %s: too early", due, at, now)
			}
			if taken[at.Unix()]++; taken[at.Unix()] > lane.Rate {
				rt.Fatalf("%d jobs at %s, want at most %d", taken[at.Unix()], at, lane.Rate)
			}
			for s := max(due.Unix(), now.Unix()); s < at.Unix(); s++ {
				if taken[s] < lane.Rate {
					rt.Fatalf("a job due at %s waits for %s, with room at %d", due, at, s)
				}
			}
		}
	})
}
