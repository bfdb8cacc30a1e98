package push

import (
	"context"
	"io"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/fault"
)

const (
	// overlap is how long before its end a channel is replaced.
	overlap = 24 * time.Hour
	// first and last bound the pauses after openings that failed. An opening counts
	// as a look does, so where none can succeed, as for a domain that is not
	// verified, they must become rare.
	first, last = time.Hour, 64 * time.Hour
)

// Opener opens channels. It is safe for concurrent use.
type Opener struct {
	Google interface {
		Watch(ctx context.Context, access, id, secret, address string) (resource string, until time.Time, err error)
	}
	Address string // where Google tells: https, and of a domain that it knows as ours
	Rand    io.Reader
	Log     *slog.Logger
	Now     func() time.Time
}

// Open opens a channel for c where it has none, or one that ends within a day, and
// returns it; nil leaves c as it is. It never fails: without a channel, or with one
// that is not replaced, there are the polls, and it is tried again later. A channel
// that was replaced is not stopped: it ends by itself, and rings for nobody.
func (o *Opener) Open(ctx context.Context, access string, c calendar.Connection) *calendar.Channel {
	now := o.Now()
	if c.Channel.RenewAt.After(now) {
		return nil
	}
	ch, secret, err := calendar.NewChannel(c.Sub, o.Rand)
	if err == nil {
		ch.Resource, ch.Until, err = o.Google.Watch(ctx, access, ch.ID, secret, o.Address)
	}
	if err != nil {
		o.Log.WarnContext(ctx, "channel not opened", append(boot.Count(now, "CalendarChannelsFailed", 1), "code", fault.Of(err).Code, "sub", c.Sub, "error", err)...)
		old := c.Channel
		old.RenewAt = now.Add(max(min(first<<min(old.Failures, 10), last), fault.Of(err).RetryAfter))
		old.Failures++
		return &old
	}
	ch.RenewAt = ch.Until.Add(-overlap)
	if short := now.Add(first); ch.RenewAt.Before(short) {
		ch.RenewAt = short // Google gave less than was asked for
	}
	return &ch
}
