package notetaker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"callanalyst/pkg/notetaker/recall"
)

// replays is how long Recall repeats an answer under its key, with a margin.
const replays = 50 * time.Minute

// order asks Recall for the bot of a claimed room and writes down the answer.
func (d *Dispatcher) order(ctx context.Context, r room) error {
	recallID, err := d.ask(ctx, &r)
	switch status := recall.StatusOf(err); {
	case err == nil:
		r.bot.state, r.bot.recall, r.bot.lease = placed, recallID, time.Time{}
		return d.confirm(ctx, r)
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		r.bot.state, r.bot.lease = failed, time.Time{}
		return errors.Join(d.settle(ctx, r), d.mark(ctx, r.bot.id, Failed, rank(Failed)), ErrRefused.With(err))
	case status == http.StatusConflict || status == 0 || status >= 500 && status != http.StatusInsufficientStorage:
		// Nobody knows what became of it: it stays calling, for the next to find out.
		r.bot.lease = time.Time{}
		return errors.Join(ErrRecall.With(fmt.Errorf("notetaker: order bot %s: %w", r.bot.id, err)), d.settle(ctx, r))
	default:
		r.bot.state, r.bot.lease = waiting, d.Now().Add(retryAfter(err))
		if settleErr := d.settle(ctx, r); settleErr != nil {
			return settleErr
		}
		return ErrFull.With(fmt.Errorf("notetaker: order bot %s: %w", r.bot.id, err)).After(retryAfter(err))
	}
}

// ask orders the bot. After an attempt that seems to have failed, it first looks
// whether the bot is there. One whose answer is not known is repeated under its
// own key, which gives the same answer for an hour; after that a new one is safe.
func (d *Dispatcher) ask(ctx context.Context, r *room) (string, error) {
	b := &r.bot
	if b.again {
		id, err := d.Recall.Find(ctx, b.id)
		if err != nil || id != "" {
			return id, uncertain(err)
		}
		if d.Now().Sub(b.firstCall) > replays {
			b.attempt++
			b.firstCall = d.Now()
			if err := d.settle(ctx, *r); err != nil {
				return "", err
			}
			b.version++
		}
	}
	o := recall.Order{BotID: b.id, URL: b.url, Name: d.name(), Endpoint: d.Endpoint, Longest: b.longest}
	if !b.atOnce {
		o.JoinAt = b.start
	}
	return d.Recall.Create(ctx, orderKey(b.id, b.attempt), o)
}

// uncertain hides a refusal to be asked: it says nothing about the order.
func uncertain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("notetaker: look for the bot: %v", err) //nolint:errorlint // its status must not be taken for the order's
}

func (d *Dispatcher) name() string {
	if d.BotName == "" {
		return "Call Analyst Notetaker"
	}
	return d.BotName
}

// orderKey is the idempotency key of an attempt, in the form of a UUID.
func orderKey(botID string, attempt int64) string {
	b := sha256.Sum256(fmt.Appendf(nil, "%s|%d", botID, attempt))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: made of a hash
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func retryAfter(err error) time.Duration {
	var e *recall.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return min(e.RetryAfter, 5*time.Minute)
	}
	return 30 * time.Second
}
