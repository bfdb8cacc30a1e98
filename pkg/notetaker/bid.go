package notetaker

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// bid is a wish with what it is judged by. What was not looked at when the bid
// was made is read when it is needed.
type bid struct {
	Wish
	sight

	known   bool // row and version are
	row     entitlement.Row
	version int64 // of the user's set of bots

	listed bool // own is
	own    []owned

	point *types.Update // makes the room's bot for right now this one, if it has to
}

// insist makes a bid, and another one whenever something that it was judged by
// has changed before it was recorded: wishes at once follow each other.
func (d *Dispatcher) insist(ctx context.Context, offer func(context.Context) (bid, error)) (Placed, error) {
	for try := range patience {
		b, err := offer(ctx)
		if err != nil {
			return Placed{}, err
		}
		p, err := d.bid(ctx, b)
		if !errors.Is(err, errMoved) {
			return p, err
		}
		if err := pause(ctx, try); err != nil {
			return Placed{}, ErrStore.With(err)
		}
	}
	return Placed{}, ErrStore.With(errMoved)
}

// bid records a wish that is not on record yet, and sees to its bot.
func (d *Dispatcher) bid(ctx context.Context, b bid) (Placed, error) {
	mine := b.room.wishes[b.Sub]
	if b.Source != Manual && mine.barred() {
		// A calendar looks again and again: whatever the no left undone is done now.
		_, err := d.pursue(ctx, b.sight)
		return Placed{}, errors.Join(err, ErrStopped)
	}
	if b.Source == Manual && b.room.bot.state == failed {
		b.room.bot.state = gone // asked again by a person: it may be another link
	}
	if mine.holds() && b.room.bot.state != gone {
		return d.pursue(ctx, b.sight)
	}
	if err := d.judge(ctx, &b); err != nil {
		return Placed{}, err
	}
	return d.record(ctx, b)
}
