package notetaker

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// rounds bounds how often wishes may change while one process looks.
const rounds = 5

// sight is a room as it was seen, perhaps with the books of its bot.
type sight struct {
	room  room
	books books // zero if they were not looked at
}

// look reads a room, and side by side the books of the bot that it is expected
// to have; "" expects none.
func (d *Dispatcher) look(ctx context.Context, key, botID string) (s sight, err error) {
	var g errgroup.Group // neither waits for the other, nor gains from its end
	g.Go(func() (err error) { s.room, err = d.load(ctx, key); return err })
	if botID != "" {
		g.Go(func() (err error) { s.books, err = d.books(ctx, botID); return err })
	}
	return s, g.Wait()
}

// reconcile makes the room's bot what its wishes say.
func (d *Dispatcher) reconcile(ctx context.Context, key string) (Placed, error) {
	r, err := d.load(ctx, key)
	if err != nil {
		return Placed{}, err
	}
	return d.pursue(ctx, sight{room: r})
}

// pursue makes the room's bot what its wishes say, beginning with what was seen,
// and looks again after all it does until nothing is left to do.
func (d *Dispatcher) pursue(ctx context.Context, s sight) (Placed, error) {
	key := s.room.key
	for range rounds {
		if err := d.part(ctx, s.room); err != nil {
			return Placed{}, err
		}
		do := s.room.decide(d.Now())
		if do == nothing {
			return d.placed(ctx, s)
		}
		claimed, err := d.claim(ctx, s.room, do)
		if err == nil {
			err = d.carryOut(ctx, claimed, do)
		}
		if err != nil && !errors.Is(err, errMoved) {
			return Placed{}, err
		}
		if s, err = d.look(ctx, key, claimed.bot.id); err != nil {
			return Placed{}, err
		}
	}
	return Placed{}, ErrStore.With(fmt.Errorf("notetaker: room %s keeps changing", key))
}

// carryOut does what was claimed.
func (d *Dispatcher) carryOut(ctx context.Context, claimed room, do step) error {
	if do == create {
		return d.order(ctx, claimed)
	}
	return d.end(ctx, claimed)
}

// placed says what has become of a room.
func (d *Dispatcher) placed(ctx context.Context, s sight) (Placed, error) {
	b := s.room.bot
	if wait := b.lease.Sub(d.Now()); b.state == waiting && wait > 0 && s.room.wanted() {
		return Placed{}, ErrFull.After(wait)
	}
	if b.id == "" {
		return Placed{}, nil
	}
	if s.books.BotID != b.id {
		var err error
		if s.books, err = d.books(ctx, b.id); err != nil {
			return Placed{}, err
		}
	}
	code, err := d.mended(ctx, b, bot{}.state(s.books).Code)
	return Placed{BotID: b.id, Status: code}, err
}

// mended returns the code that a bot's books have, once it is what the bot's row
// says: a process may have died between the two.
func (d *Dispatcher) mended(ctx context.Context, b dispatch, code string) (string, error) {
	meant := code
	switch {
	case code != Requested:
	case b.state == failed:
		meant = Failed
	case b.state == placed && !b.atOnce:
		meant = Scheduled
	}
	if meant == code {
		return code, nil
	}
	return meant, d.mark(ctx, b.id, meant, rank(meant))
}
