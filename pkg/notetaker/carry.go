package notetaker

import (
	"context"
	"fmt"
	"time"

	"callanalyst/pkg/notetaker/link"
)

// Place is a room at a time.
type Place struct {
	Link  link.Link
	Start time.Time
}

func (p Place) key() string { return Key(p.Link, p.Start) }

// Carry takes a calendar's wish away from where its meeting was. A user who had
// stopped the bot there is taken to mean the meeting, wherever it went: the stop
// goes along, and a Want at the new place is refused with ErrStopped. Where another
// meeting of the user stays at the former place, so do the wish and the stop. A skip
// ends: its meeting has it.
func (d *Dispatcher) Carry(ctx context.Context, sub string, from, to Place, stays bool) error {
	if from.key() == to.key() {
		return nil
	}
	r, err := d.load(ctx, from.key())
	if err != nil {
		return err
	}
	mine := r.wishes[sub]
	if mine.stopped {
		if err := d.halt(ctx, sub, to, "SET stopped = :yes, wanted = :no, #ttl = :ttl", Item{":yes": sure(), ":no": no()}); err != nil {
			return err
		}
	}
	if stays {
		return d.free(ctx, r.key, mine)
	}
	if mine.stopped {
		if err := d.halt(ctx, sub, from, "SET #ttl = :ttl REMOVE stopped", Item{}); err != nil {
			return err
		}
	}
	return d.Leave(ctx, sub, from.Link, from.Start)
}

// halt changes the user's stop at a place, and sees to its bot.
func (d *Dispatcher) halt(ctx context.Context, sub string, at Place, update string, values Item) error {
	values[":ttl"] = d.expiry(at.Start)
	if err := d.wish(ctx, at.key(), sub, update, "", values); err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: carry the stop of %s at %s: %w", sub, at.key(), err))
	}
	_, err := d.reconcile(ctx, at.key())
	return err
}

// free ends a skip that was made at a place.
func (d *Dispatcher) free(ctx context.Context, key string, mine wish) error {
	if !mine.skipped {
		return nil
	}
	if err := d.wish(ctx, key, mine.sub, "REMOVE skipped", "skipped = :yes", Item{":yes": sure()}); err != nil && !conditionFailed(err) {
		return ErrStore.With(fmt.Errorf("notetaker: end the skip of %s at %s: %w", mine.sub, key, err))
	}
	return nil
}

// Leave is Withdraw for somebody who will not come back: it fails also while
// another process is at the room, which may have died over it. Without an error
// the bot is gone, or others want it, or it is so close to its start that it goes
// when it shows itself, and a skip that was made there has ended.
func (d *Dispatcher) Leave(ctx context.Context, sub string, l link.Link, start time.Time) error {
	if err := d.Withdraw(ctx, sub, l, start); err != nil {
		return err
	}
	r, err := d.load(ctx, Key(l, start))
	if err != nil {
		return err
	}
	if err := d.free(ctx, r.key, r.wishes[sub]); err != nil {
		return err
	}
	departing := r.bot.state == cancelling && r.bot.start.Sub(d.Now()) < departure
	if r.wanted() || r.bot.over() || departing {
		return nil
	}
	return ErrRecall.With(fmt.Errorf("notetaker: another process is at %s", r.key))
}

// departure is how long before its start a bot takes no command any more.
const departure = 11 * time.Minute
