package pace_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"callanalyst/pkg/calendar/pace"
)

func TestRing(t *testing.T) {
	t.Parallel()
	const half = 500 * time.Millisecond
	after := func(d time.Duration) time.Time { return wednesday.Add(d) }
	tests := []struct {
		name  string
		r     pace.Rung
		now   time.Time
		share float64
		at    time.Duration // of the look; 0 for none
	}{
		{"the first change is looked at when its burst has settled", pace.Rung{}, wednesday, 720, 3 * time.Second},
		{"in a whole second, and not before", pace.Rung{}, after(half), 720, 4 * time.Second},
		{"a change before the look is seen by it", pace.Rung{At: after(time.Second)}, wednesday, 720, 0},
		{"a change in the second of the look needs another", pace.Rung{At: wednesday}, wednesday, 720, 30 * time.Second},
		{"a change soon after a look waits", pace.Rung{At: after(-10 * time.Second)}, wednesday, 720, 20 * time.Second},
		{"one long after does not", pace.Rung{At: after(-time.Hour)}, wednesday, 720, 3 * time.Second},
		{"what is spent must come back first", pace.Rung{Paid: after(24 * time.Hour)}, wednesday, 9, 0},
		{"and then there is one", pace.Rung{Paid: after(13 * time.Hour)}, wednesday, 9, 3 * time.Second},
		{"no share said is the nominal one", pace.Rung{Paid: after(14 * time.Hour)}, wednesday, 0, 0},
		{"the smallest share still has one", pace.Rung{}, wednesday, 0.9, 3 * time.Second},
		{"and no other for days", pace.Rung{At: after(-72 * time.Hour), Paid: after(time.Hour)}, wednesday, 0.9, 0},
	}
	for _, tt := range tests {
		got, ok := pace.Ring(tt.r, tt.now, tt.share)
		if ok != (tt.at != 0) || ok && !got.At.Equal(after(tt.at)) || !ok && got != tt.r {
			t.Errorf("%s: Ring(%+v, share %g) = %+v, %v, want a look in %s", tt.name, tt.r, tt.share, got, ok, tt.at)
		}
	}
}

// TestChangesStayInTheirHalfOfTheShare rings at random for days: in no day are
// there more looks than half the share, none comes within the gap of another, and
// no change goes by that a look follows, unless the half is spent.
func TestChangesStayInTheirHalfOfTheShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.SampledFrom([]float64{0.9, 4, 9, 90, 720}).Draw(t, "share")
		now, r := wednesday, pace.Rung{}
		var looks []time.Time
		for _, ms := range rapid.SliceOfN(rapid.Int64Range(1, int64(4*time.Hour/time.Millisecond)), 1, 200).Draw(t, "pauses") {
			now = now.Add(time.Duration(ms) * time.Millisecond)
			next, ok := pace.Ring(r, now, share)
			if !ok {
				if !r.At.After(now) && r.Paid.Before(now) {
					t.Fatalf("a change at %s is not followed, with nothing spent: %+v", now, r)
				}
				continue
			}
			if next.At.Before(now) || !r.At.IsZero() && next.At.Sub(r.At) < pace.Gap {
				t.Fatalf("a look at %s for a change at %s after %+v", next.At, now, r)
			}
			r, looks = next, append(looks, next.At)
		}
		for i := range looks {
			n := 0
			for _, at := range looks[i:] {
				if at.Sub(looks[i]) < 24*time.Hour-time.Minute {
					n++
				}
			}
			if float64(n) > max(share/2, 1) {
				t.Fatalf("%d looks in the day from %s, want at most half of %g", n, looks[i], share)
			}
		}
	})
}
