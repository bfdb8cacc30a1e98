package notetaker

import (
	"context"
	"errors"
	"time"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

var (
	// ErrHours reports that the month's hours of bots are used up.
	ErrHours = fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "This month's notetaker hours are used up.")
	// ErrBots reports as many bots at that time as the plan allows.
	ErrBots = fault.New(fault.Exhausted, "BOT_LIMIT", "Your plan has no further notetaker at that time.")
	// errMoved reports that another wish came in between, of the user or for the room.
	errMoved = errors.New("what the wish was judged by has changed")
)

const (
	// meeting is how long a meeting is taken to be when it is asked whether two
	// of them are at the same time.
	meeting = time.Hour
	// longest bounds what one forgotten bot costs.
	longest = 4 * time.Hour
	// shortest is the least that a bot stays, even with seconds left of a month.
	shortest = 5 * time.Minute
)

// judge holds a wish against its user's terms, the plan's hours and its bots at
// once. The account is read before the bots: its version guards them.
func (d *Dispatcher) judge(ctx context.Context, b *bid) (err error) {
	if !b.known {
		if b.row, b.version, err = d.account(ctx, b.Sub); err != nil {
			return err
		}
	}
	if err := b.row.Admit(d.Terms); err != nil {
		return err
	}
	now := d.Now()
	limits := entitlement.PlanOf(b.row.Holds(now)).Limits
	if remaining(b.row, now) <= 0 {
		t := now.UTC()
		next := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		return ErrHours.Because("This month's %d notetaker hours are used up. There are new ones on %s.", limits.BotHoursPerMonth, next.Format("2 January")).After(next.Sub(t))
	}
	if !b.listed {
		if b.own, err = d.since(ctx, b.Sub, earlier(now, b.Start).Add(-longest-meeting), Gate{}); err != nil {
			return err
		}
	}
	if b.others(now) >= limits.ConcurrentBots {
		return ErrBots.Because("Your plan has %d notetaker(s) at once, and they are taken at that time.", limits.ConcurrentBots)
	}
	return nil
}

// others counts the user's bots that are taken at the wish's time, but for its own.
func (b bid) others(now time.Time) (n int) {
	for _, o := range b.own {
		if o.RoomStart != b.room.key && o.meets(b.Start, now) {
			n++
		}
	}
	return n
}

// remaining is what is left of the month's hours.
func remaining(row entitlement.Row, now time.Time) time.Duration {
	limits := entitlement.PlanOf(row.Holds(now)).Limits
	return time.Duration(limits.BotHoursPerMonth)*time.Hour - time.Duration(row.Usage.At(now).BotSecondsUsed)*time.Second
}

// meets reports whether the bot is taken at start.
func (o owned) meets(start, now time.Time) bool {
	if o.Stopped || o.State.Over() {
		return false
	}
	end := o.JoinAt.Add(meeting)
	if o.State.InCall() && end.Before(now.Add(time.Minute)) {
		end = now.Add(time.Minute) // it is there still
	}
	return start.Before(end) && o.JoinAt.Before(start.Add(meeting))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
