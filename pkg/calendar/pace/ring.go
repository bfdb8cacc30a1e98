package pace

import "time"

const (
	// settle is how long a change waits for others of the same burst: people move
	// a meeting, then add a guest, and Google tells of each, or twice.
	settle = 3 * time.Second
	// Gap is the least time between two looks that changes ask for.
	Gap = 30 * time.Second
)

// Rung is what changes have asked of a connection so far. Its zero value is
// nothing.
type Rung struct {
	At   time.Time // the last look that was asked for, or the next one; a whole second
	Paid time.Time // until when such looks are paid for
}

// Ring returns when a change is looked at that Google tells of at now, of a
// connection with share looks a day. It reports false where no look has to be
// asked for: one is coming that will see the change, or the connection has had its
// half of the share, and the polls, which have the other half, must do. In no day
// are there more than half the share, or one; over many days no more than a
// quarter. It is a pure function.
func Ring(r Rung, now time.Time, share float64) (Rung, bool) {
	if r.At.After(now) {
		return r, false
	}
	if share <= 0 {
		share = Nominal
	}
	price := time.Duration(float64(24*time.Hour) * 4 / share)
	most := max(24*time.Hour, price)
	paid := later(r.Paid, now).Add(price)
	if paid.Sub(now) > most {
		return r, false
	}
	at := later(now.Add(settle), r.At.Add(Gap))
	return Rung{At: at.Add(time.Second - 1).Truncate(time.Second), Paid: paid.Truncate(time.Second)}, true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
