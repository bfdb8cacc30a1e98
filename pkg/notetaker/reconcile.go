package notetaker

import (
	"context"
	"errors"
	"fmt"
)

// rounds bounds how often wishes may change while one process looks.
const rounds = 5

// reconcile makes the room's bot what its wishes say, and looks again until
// nothing is left to do.
func (d *Dispatcher) reconcile(ctx context.Context, key string) (Placed, error) {
	for range rounds {
		r, err := d.load(ctx, key)
		if err != nil {
			return Placed{}, err
		}
		do := r.decide(d.Now())
		if do == nothing {
			return d.placed(ctx, r)
		}
		claimed, err := d.claim(ctx, r, do)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return Placed{}, err
		}
		if do == create {
			err = d.order(ctx, claimed)
		} else {
			err = d.end(ctx, claimed)
		}
		if err != nil {
			return Placed{}, err
		}
	}
	return Placed{}, ErrStore.With(fmt.Errorf("notetaker: room %s keeps changing", key))
}

// placed says what has become of a room.
func (d *Dispatcher) placed(ctx context.Context, r room) (Placed, error) {
	if wait := r.bot.lease.Sub(d.Now()); r.bot.state == waiting && wait > 0 && r.wanted() {
		return Placed{}, ErrFull.After(wait)
	}
	if r.bot.id == "" {
		return Placed{}, nil
	}
	k, err := d.books(ctx, r.bot.id)
	if err != nil {
		return Placed{}, err
	}
	return Placed{BotID: r.bot.id, Status: bot{}.state(k).Code}, nil
}
