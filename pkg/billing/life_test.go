package billing_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/entitlement"
)

// errDead is what every step of a process returns after its death.
var errDead = errors.New("the process is dead")

// life is one process's. It may die at a step, before or after doing it; then
// nothing of it is done later, not even cleaning up. Or it may stall before a
// step, as a process does that loses its processor or waits for a slow network,
// until it is told to go on.
type life struct {
	mu     sync.Mutex
	done   int  // steps
	dies   int  // at this step; negative for never
	after  bool // having done it
	dead   bool
	stalls int           // before this step; negative for never
	stall  chan struct{} // closed when it stalls
	goOn   chan struct{} // closed when it may go on
}

func longLife() *life { return &life{dies: -1, stalls: -1} }

// step does f as one step of the life.
func (l *life) step(f func() error) error {
	l.mu.Lock()
	n := l.done
	l.done++
	l.mu.Unlock()
	if n == l.stalls {
		close(l.stall)
		<-l.goOn
	}
	if l.is(n == l.dies && !l.after) {
		return errDead
	}
	err := f()
	if l.is(n == l.dies) {
		return errDead
	}
	return err
}

// is reports whether the process is dead, after it perhaps died now.
func (l *life) is(dying bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = l.dead || dying
	return l.dead
}

// mortal is every party of a receiver, reached during a life.
type mortal struct {
	*shop
	*life
}

func (m mortal) Claim(ctx context.Context, e billing.Event, lease time.Duration, again bool) (c billing.Claim, err error) {
	err = m.step(func() (err error) { c, err = m.ledger.Claim(ctx, e, lease, again); return err })
	return c, err
}

func (m mortal) Release(ctx context.Context, c billing.Claim, code string) error {
	return m.step(func() error { return m.ledger.Release(ctx, c, code) })
}

func (m mortal) Finish(ctx context.Context, c billing.Claim, o billing.Outcome, customer string) error {
	return m.step(func() error { return m.ledger.Finish(ctx, c, o, customer) })
}

func (m mortal) Commit(ctx context.Context, change entitlement.Change, c *billing.Claim, o billing.Outcome, customer string) error {
	return m.step(func() error { return m.ledger.Commit(ctx, change, c, o, customer) })
}

func (m mortal) Get(ctx context.Context, sub string) (r entitlement.Row, err error) {
	err = m.step(func() (err error) { r, err = m.rows.Get(ctx, sub); return err })
	return r, err
}

func (m mortal) Standing(ctx context.Context, customer string) (st billing.Standing, err error) {
	err = m.step(func() (err error) { st, err = m.api.Standing(ctx, customer); return err })
	return st, err
}

func (m mortal) Refunded(ctx context.Context, charge string) (customer, sub string, err error) {
	err = m.step(func() (err error) {
		customer, sub, err = billing.Policy{Stripe: m.api}.Refunded(ctx, charge)
		return err
	})
	return customer, sub, err
}

func (m mortal) Disputed(ctx context.Context, id string) (customer, sub string, err error) {
	err = m.step(func() (err error) {
		customer, sub, err = billing.Policy{Stripe: m.api}.Disputed(ctx, id)
		return err
	})
	return customer, sub, err
}

// process starts a receiver that lives as told.
func (s *shop) process(l *life) *billing.Receiver {
	m := mortal{s, l}
	return &billing.Receiver{
		Signatures: s.receiver.Signatures, Live: s.receiver.Live, Ledger: m, Policy: m, Rows: m,
		Projector: &billing.Projector{Stripe: m, Rows: m, Owners: s.projector.Owners, Ledger: m, Now: s.Now},
		Log:       slog.New(slog.DiscardHandler), Now: s.Now,
	}
}
