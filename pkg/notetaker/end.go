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
	r.bot.state, r.bot.lease = gone, time.Time{}
	if err := d.settle(ctx, r); err != nil {
		return err
	}
	return d.calledOff(ctx, r.bot.id)
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

// calledOff marks a bot that never set out. What became of one that did,
// Recall's own webhooks tell.
func (d *Dispatcher) calledOff(ctx context.Context, botID string) error {
	k, err := d.books(ctx, botID)
	if err != nil || k.Rank >= rank("joining_call") {
		return err
	}
	return d.mark(ctx, botID, Cancelled)
}
