package pace_test

import (
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callanalyst/pkg/boot/rapidtest"
	"callanalyst/pkg/calendar/pace"
)

// wednesday is ten in the morning in New York.
var wednesday = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

func in(d time.Duration) []time.Time { return []time.Time{wednesday.Add(d)} }

func TestNext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		c     pace.Calendar
		now   time.Time
		share float64
		want  time.Duration
	}{
		{"few connections are polled every tick", pace.Calendar{Joins: true}, wednesday, 720, 2 * time.Minute},
		{"even where nothing is joined, nearly so", pace.Calendar{}, wednesday, 720, 9 * time.Minute},
		{"no share said is the nominal one", pace.Calendar{Joins: true}, wednesday, 0, 160 * time.Minute},
		{"a hundred thousand wait for hours", pace.Calendar{Joins: true}, wednesday, 9, 160 * time.Minute},
		{"the night is quiet", pace.Calendar{Joins: true}, wednesday.Add(16 * time.Hour), 9, 320 * time.Minute},
		{"Saturday is quiet", pace.Calendar{Joins: true}, wednesday.Add(72 * time.Hour), 9, 320 * time.Minute},
		{"Friday evening in California is not Saturday", pace.Calendar{Joins: true}, time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC), 9, 160 * time.Minute},
		{"a calendar that joins nothing is looked at twice a day", pace.Calendar{}, wednesday, 9, 12 * time.Hour},
		{"one whose changes are told waits twice as long", pace.Calendar{Joins: true, Told: true}, wednesday, 9, 320 * time.Minute},
		{"but no longer than bots are ordered ahead", pace.Calendar{Joins: true, Told: true}, wednesday, 0.9, 36 * time.Hour},
		{"and is looked at before a meeting all the same", pace.Calendar{Joins: true, Told: true, Starts: in(2 * time.Hour)}, wednesday, 9, 104 * time.Minute},
		{"before a meeting it is looked at once more", pace.Calendar{Joins: true, Starts: in(2 * time.Hour)}, wednesday, 9, 104 * time.Minute},
		{"the first meeting counts", pace.Calendar{Joins: true, Starts: append(in(150*time.Minute), in(2*time.Hour)...)}, wednesday, 9, 104 * time.Minute},
		{"a meeting after the next look changes nothing", pace.Calendar{Joins: true, Starts: in(4 * time.Hour)}, wednesday, 9, 160 * time.Minute},
		{"a meeting soon after this look needs no other", pace.Calendar{Joins: true, Starts: in(time.Hour)}, wednesday, 9, 160 * time.Minute},
		{"with a small share there is no other look before a meeting", pace.Calendar{Joins: true, Starts: in(20 * time.Hour)}, wednesday, 1, 24 * time.Hour},
		{"what was left undone is done soon", pace.Calendar{Joins: true, Undone: wednesday.Add(time.Hour)}, wednesday, 9, 15 * time.Minute},
		{"and at once when the meeting begins", pace.Calendar{Joins: true, Undone: wednesday.Add(20 * time.Minute)}, wednesday, 9, 3 * time.Minute},
		{"and with share enough at the next tick", pace.Calendar{Joins: true, Undone: wednesday.Add(time.Hour)}, wednesday, 720, 2 * time.Minute},
		{"with next to no share it is looked at before its bots run out", pace.Calendar{Joins: true}, wednesday, 0.1, 36 * time.Hour},
	}
	for _, tt := range tests {
		if got := pace.Next(tt.c, tt.now, tt.share, 0.5).Sub(tt.now); got.Round(time.Second) != tt.want {
			t.Errorf("%s: Next(%+v, share %g) in %s, want %s", tt.name, tt.c, tt.share, got, tt.want)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		quota, n int
		want     float64
	}{
		{"a hundred thousand have nine a day", 1_000_000, 100_000, 9},
		{"a million need another quota", 10_000_000, 1_000_000, 9},
		{"a few have every tick", 1_000_000, 10, 720},
		{"nobody yet", 1_000_000, 0, 720},
	}
	for _, tt := range tests {
		if got := pace.Share(tt.quota, tt.n); got != tt.want {
			t.Errorf("%s: Share(%d, %d) = %g, want %g", tt.name, tt.quota, tt.n, got, tt.want)
		}
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		failures int
		wait     time.Duration
		chance   float64
		want     time.Duration
	}{
		{"the first time at the next tick", 1, 0, 0, 2 * time.Minute},
		{"then twice as long", 2, 0, 0, 4 * time.Minute},
		{"chance spreads over as long again", 3, 0, 0.5, 12 * time.Minute},
		{"six hours at most", 12, 0, 0, 6 * time.Hour},
		{"however often it failed", 5000, 0, 0, 6 * time.Hour},
		{"never before Google says so", 1, time.Hour, 0, time.Hour},
		{"no failure counts as one", 0, 0, 0, 2 * time.Minute},
	}
	for _, tt := range tests {
		if got := pace.Retry(tt.failures, tt.wait, wednesday, tt.chance).Sub(wednesday); got != tt.want {
			t.Errorf("%s: Retry(%d, %s) in %s, want %s", tt.name, tt.failures, tt.wait, got, tt.want)
		}
	}
}

func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 100)) }

// TestNoCalendarIsForgottenOrHammered holds for any calendar and any share.
func TestNoCalendarIsForgottenOrHammered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		now := wednesday.Add(time.Duration(rapid.IntRange(0, 7*24*60).Draw(rt, "minutes")) * time.Minute)
		c := pace.Calendar{Joins: rapid.Bool().Draw(rt, "joins")}
		if rapid.Bool().Draw(rt, "undone") {
			c.Undone = now.Add(time.Duration(rapid.IntRange(-60, 72*60).Draw(rt, "of")) * time.Minute)
		}
		for range rapid.IntRange(0, 9).Draw(rt, "meetings") {
			c.Starts = append(c.Starts, now.Add(time.Duration(rapid.IntRange(-60, 72*60).Draw(rt, "start"))*time.Minute))
		}
		got := pace.Next(c, now, rapid.Float64Range(0, 800).Draw(rt, "share"), rapid.Float64Range(0, 1).Draw(rt, "chance"))
		if d := got.Sub(now); d < pace.Tick || d > 36*time.Hour {
			rt.Fatalf("Next(%+v) in %s, want between a tick and 36 hours", c, d)
		}
	})
}
