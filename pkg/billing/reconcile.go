package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/entitlement"
)

const (
	// lookBack is how far back undelivered events are looked for: as long as
	// Stripe itself goes on delivering.
	lookBack = 3 * 24 * time.Hour
	// margin is what a run leaves of its time, so that the cursor gets saved.
	margin = 15 * time.Second
	// cursorLasts is how old an unfinished run may be to be resumed.
	cursorLasts = 36 * time.Hour
)

// Reconciler makes good, every night, what webhooks did not: events that were
// never delivered, rows that miss a payment, rows that outlived one. It works
// page by page, remembers how far it came, and stops in time to be resumed.
type Reconciler struct {
	Stripe interface {
		Undelivered(ctx context.Context, since time.Time, after string) (page []Event, more bool, err error)
		Subscribers(ctx context.Context, after string) (page []Subscriber, at time.Time, more bool, err error)
		Event(ctx context.Context, id string) (Event, error)
	}
	Census interface {
		Rows(ctx context.Context, subs []string) (map[string]entitlement.Row, error)
		Paid(ctx context.Context, after string) (page []entitlement.Row, next string, err error)
	}
	Cursors interface {
		Load(ctx context.Context) (Cursor, error)
		Save(ctx context.Context, cur Cursor) error
	}
	Receiver interface {
		Work(ctx context.Context, e Event, again bool) (Receipt, error)
	}
	Projector interface {
		Project(ctx context.Context, customerID string, hint Hint, c *Claim) (Projection, error)
	}
	// Limit waits until the next call to Stripe may be made.
	Limit interface {
		Wait(ctx context.Context) error
	}
	Log *slog.Logger
	Now func() time.Time
}

// run is one invocation's work.
type run struct {
	*Reconciler
	Cursor
	sound map[string]bool // subscriptions that this invocation found in order
}

// Run reconciles everything, or goes on where the last run stopped. The cursor
// that it returns says whether it finished.
func (r *Reconciler) Run(ctx context.Context) (Cursor, error) {
	cur, err := r.Cursors.Load(ctx)
	if err != nil {
		return Cursor{}, err
	}
	if cur.Phase == "" || cur.Phase == Finished || r.Now().Sub(cur.Began) > cursorLasts {
		cur = Cursor{Began: r.Now().UTC().Truncate(time.Second), Phase: Events}
	}
	w := &run{Reconciler: r, Cursor: cur, sound: map[string]bool{}}
	before := cur.Tally
	err = w.sweep(ctx)
	w.report(ctx, before, err)
	return w.Cursor, err
}

// sweep does page after page until all is done or time is short.
func (w *run) sweep(ctx context.Context) error {
	for w.Phase != Finished && !short(ctx) {
		step := map[Phase]func(context.Context) error{
			Events: w.events, Subscriptions: w.subscriptions, PaidRows: w.rows,
		}[w.Phase]
		if step == nil {
			return fmt.Errorf("billing: reconciliation has no phase %q", w.Phase)
		}
		if err := w.Limit.Wait(ctx); err != nil {
			return fmt.Errorf("billing: wait for the rate limit: %w", err)
		}
		if err := step(ctx); err != nil {
			return err
		}
		if err := w.Cursors.Save(ctx, w.Cursor); err != nil {
			return err
		}
	}
	return nil
}

// short reports whether the context ends too soon for another page.
func short(ctx context.Context) bool {
	end, ok := ctx.Deadline()
	return ctx.Err() != nil || (ok && time.Until(end) < margin)
}

// turn moves the cursor past a page, or to the next phase.
func (w *run) turn(last string, more bool, next Phase) {
	w.After = last
	if !more {
		w.Phase, w.After = next, ""
	}
}

// events works on a page of events that no webhook delivered.
func (w *run) events(ctx context.Context) error {
	page, more, err := w.Stripe.Undelivered(ctx, w.Began.Add(-lookBack), w.After)
	if err != nil {
		return err
	}
	last := ""
	for _, e := range page {
		last = e.ID
		if concernOf(e.Type) == nothing {
			continue
		}
		if err := w.Limit.Wait(ctx); err != nil {
			return err
		}
		receipt, err := w.Receiver.Work(ctx, e, false)
		switch {
		case err != nil && !errors.Is(err, ErrBusy):
			w.fail(ctx, "event", e.ID, err)
		case err == nil && receipt.Outcome != Duplicate:
			w.Tally.Events++
		}
	}
	w.turn(last, more && last != "", Subscriptions)
	return nil
}

// subscriptions compares a page of Stripe's subscriptions with our rows.
func (w *run) subscriptions(ctx context.Context) error {
	page, at, more, err := w.Stripe.Subscribers(ctx, w.After)
	if err != nil {
		return err
	}
	rows, err := w.Census.Rows(ctx, subsOf(page))
	if err != nil {
		return err
	}
	last := ""
	for _, x := range page {
		last = x.Subscription.ID
		w.Tally.Subscriptions++
		if row, ok := rows[x.Sub]; ok && row.CustomerID == x.Customer && inOrder(row, x.Subscription, at) {
			w.sound[x.Subscription.ID] = true
			continue
		}
		if err := w.project(ctx, x.Customer, x.Sub); err != nil {
			return err
		}
		w.sound[x.Subscription.ID] = true
	}
	w.turn(last, more && last != "", PaidRows)
	return nil
}

// subsOf returns the users of a page, each once.
func subsOf(page []Subscriber) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, x := range page {
		if !seen[x.Sub] {
			out = append(out, x.Sub)
		}
		seen[x.Sub] = true
	}
	return out
}

// inOrder reports whether the row already says what the subscription asks for,
// so that its customer's facts need not be fetched.
func inOrder(row entitlement.Row, s entitlement.Subscription, at time.Time) bool {
	e := entitlement.Reduce([]entitlement.Subscription{s}, at)
	if row.SubscriptionID == s.ID {
		return row.Equal(e)
	}
	return row.SubscriptionID != "" && row.Tier.Rank() >= e.Tier.Rank() && (row.Tier != e.Tier || !e.EntitledUntil.After(row.EntitledUntil))
}

// rows looks at a page of our paid rows whose subscription Stripe did not list,
// or which this invocation did not see because an earlier one did.
func (w *run) rows(ctx context.Context) error {
	page, next, err := w.Census.Paid(ctx, w.After)
	if err != nil {
		return err
	}
	for _, row := range page {
		w.Tally.Rows++
		if w.sound[row.SubscriptionID] || row.CustomerID == "" {
			continue
		}
		if err := w.project(ctx, row.CustomerID, row.Sub); err != nil {
			return err
		}
	}
	w.turn(next, next != "", Finished)
	return nil
}

// project makes one user's row right. Only a context that ended is an error:
// one user's trouble must not keep the others from being checked.
func (w *run) project(ctx context.Context, customerID, sub string) error {
	if err := w.Limit.Wait(ctx); err != nil {
		return fmt.Errorf("billing: wait for the rate limit: %w", err)
	}
	p, err := w.Projector.Project(ctx, customerID, Hint{Sub: sub}, nil)
	if err != nil {
		w.fail(ctx, "customer", customerID, err)
		return ctx.Err()
	}
	w.Tally.Projected++
	warn(ctx, w.Log, w.Now(), p, customerID)
	if p.Changed() {
		w.Tally.Repaired++
		w.Log.WarnContext(ctx, "entitlement repaired", "code", "ENTITLEMENT_REPAIRED", "sub", p.Sub, "customer", customerID,
			"from", describe(p.Before), "to", describe(p.After))
	}
	return nil
}

func (w *run) fail(ctx context.Context, what, id string, err error) {
	w.Tally.Failed++
	w.Log.ErrorContext(ctx, "reconciliation passed over a "+what, "code", "RECONCILE_FAILED", what, id, "error", err)
}

// report writes the invocation's line with its metrics.
func (w *run) report(ctx context.Context, before Tally, err error) {
	attrs := append(boot.Count(w.Now(), metricRepaired, w.Tally.Repaired-before.Repaired), "phase", string(w.Phase), "tally", w.Tally)
	if err != nil {
		attrs = append(attrs, "error", err)
	}
	w.Log.InfoContext(ctx, "reconciliation", attrs...)
	if n := w.Tally.Events - before.Events; n > 0 {
		w.Log.WarnContext(ctx, "events recovered", append(boot.Count(w.Now(), metricRecovered, n), "code", "EVENTS_RECOVERED")...)
	}
}

// Replay works once more on one event, finished or not. Operators use it.
func (r *Reconciler) Replay(ctx context.Context, eventID string) (Receipt, error) {
	e, err := r.Stripe.Event(ctx, eventID)
	if err != nil {
		return Receipt{}, orUnavailable(err)
	}
	return r.Receiver.Work(ctx, e, true)
}
