package notetaker

import (
	"context"
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
// goes along, and a Want at the new place is refused with ErrStopped.
func (d *Dispatcher) Carry(ctx context.Context, sub string, from, to Place) error {
	if from.key() == to.key() {
		return nil
	}
	r, err := d.load(ctx, from.key())
	if err != nil {
		return err
	}
	if r.wishes[sub].stopped {
		if err := d.Skip(ctx, sub, to.Link, to.Start, true); err != nil {
			return err
		}
		if err := d.Skip(ctx, sub, from.Link, from.Start, false); err != nil {
			return err
		}
	}
	return d.Withdraw(ctx, sub, from.Link, from.Start)
}
