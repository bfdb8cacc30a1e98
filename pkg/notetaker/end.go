package notetaker

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"callanalyst/pkg/notetaker/recall"
)

// end tells Recall to end the bot of a claimed room.
func (d *Dispatcher) end(ctx context.Context, r room) error {
	id := r.bot.recall
	if id == "" {
		found, err := d.Recall.Find(ctx, r.bot.id)
		if err != nil {
			return ErrRecall.With(fmt.Errorf("notetaker: look for bot %s: %w", r.bot.id, err))
		}
		id = found
	}
	if id != "" {
		if err := d.Recall.Remove(ctx, id); err != nil {
			return d.unfinished(ctx, r, err)
		}
	}
	// The bot is called off in the books before it is gone: nobody looks after one
	// that is gone.
	if err := d.mark(ctx, r.bot.id, Cancelled, rank("joining_call")); err != nil {
		return err
	}
	r.bot.state, r.bot.lease = gone, time.Time{}
	return d.settle(ctx, r)
}

// unfinished lets the next one try at once to end the bot. One between its order
// and its departure takes no command: it is ended when it shows itself.
func (d *Dispatcher) unfinished(ctx context.Context, r room, cause error) error {
	r.bot.lease = d.Now().Add(2 * time.Second)
	if err := d.settle(ctx, r); err != nil {
		return err
	}
	if recall.StatusOf(cause) == http.StatusBadRequest {
		return nil
	}
	return ErrRecall.With(fmt.Errorf("notetaker: end bot %s: %w", r.bot.id, cause))
}
