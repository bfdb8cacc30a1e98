package ask

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// The ways a question is refused for what the caller may do.
var (
	// ErrQuota reports that the month's questions are used up.
	ErrQuota = fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "This month's questions are used up.")
	// ErrBusy reports that the caller has as many answers running as the plan allows.
	ErrBusy = fault.New(fault.Exhausted, "ANSWER_RUNNING", "Another answer of yours is still being written. Wait for it, then ask again.").After(5 * time.Second)
	// ErrLedger reports that the table did not answer.
	ErrLedger = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "Your plan cannot be read right now. Try again in a few seconds.").After(2 * time.Second)
)

// Ledger counts questions in the users' rows of the table entitlements. N
// questions at once never overspend: the count and the check are one
// conditional update, and that update is also the check of terms, tier and
// account. Each running answer holds a place in the row, which runs out by
// itself when the function dies.
type Ledger struct {
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string
	Terms interface{ Check(accepted string) error } // the required terms
	// TermsVersion is the version that Terms requires, for the update's condition.
	TermsVersion string
	Tiers        map[entitlement.Tier]Tier
	Lease        time.Duration // how long a place is held at most: the function's timeout
	Wait         time.Duration // how long to wait for a place before ErrBusy
	Now          func() time.Time
}

// Reservation is one question that was counted.
type Reservation struct {
	Sub       string
	ID        string // of the request
	Period    string // the month it was counted in
	Tier      entitlement.Tier
	Remaining int // questions left in the month, this one counted

	slot int
}

// Reserve counts one question of the caller, or says why not: TOS_REQUIRED,
// ACCOUNT_DISABLED, QUOTA_EXCEEDED, ANSWER_RUNNING. Usually it is one round
// trip; the month's first question, a plan that has run out and a contended
// place take one more each.
func (l *Ledger) Reserve(ctx context.Context, sub, id string) (Reservation, error) {
	patience := l.Now().Add(l.Wait)
	u := l.first(sub, id)
	for {
		row, err := l.try(ctx, u)
		if err == nil {
			return u.reservation(row, l.Now()), nil
		}
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) {
			return Reservation{}, ErrLedger.With(fmt.Errorf("ask: reserve for %s: %w", sub, err))
		}
		if u, err = l.next(u, failed.Item); err != nil {
			return Reservation{}, err
		}
		if u.slot >= 0 {
			continue
		}
		if l.Now().After(patience) {
			return Reservation{}, ErrBusy
		}
		if err := pause(ctx); err != nil {
			return Reservation{}, ErrLedger.With(fmt.Errorf("ask: wait for a place of %s: %w", sub, err))
		}
		u = l.first(sub, id)
	}
}

// pause waits a moment before the row is looked at again; a different one for
// each, so that those who wait do not come back together.
func pause(ctx context.Context) error {
	t := time.NewTimer(50*time.Millisecond + rand.N(200*time.Millisecond)) //nolint:gosec // spreads retries, guards nothing
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// update is one attempt to count a question.
type update struct {
	sub, id string
	now     time.Time
	slot    int    // -1 when every place is taken
	limit   int    // 0: the row's own ask_limit
	old     string // the usage period that this update ends; "" while it is the current one
	rolls   bool   // the update begins a new period
}

// first is the attempt that most often succeeds: same month, paid up, alone.
func (l *Ledger) first(sub, id string) update {
	return update{sub: sub, id: id, now: l.Now()}
}

// next learns from the row why an attempt failed, and plans the next one.
func (l *Ledger) next(u update, item entitlement.Item) (update, error) {
	now := l.Now()
	row := entitlement.RowOf(u.sub, item)
	if err := row.Admit(l.Terms); err != nil {
		return u, err
	}
	tier := row.Holds(now)
	limit := entitlement.PlanOf(tier).Limits.AskPerMonth
	if row.Usage.At(now).AskUsed >= limit {
		return u, quota(now)
	}
	u.now, u.limit = now, limit
	u.rolls, u.old = row.Usage.Period != entitlement.Period(now), row.Usage.Period
	u.slot = freeSlot(item, l.Tiers[tier].Parallel, now)
	return u, nil
}

// quota says when questions are there again: when the month ends.
func quota(now time.Time) error {
	t := now.UTC()
	next := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	return ErrQuota.Because("This month's questions are used up. There are new ones on %s.", next.Format("2 January")).After(next.Sub(t))
}

func freeSlot(item entitlement.Item, parallel int, now time.Time) int {
	for i := range parallel {
		held, ok := item[slotName(i)].(*types.AttributeValueMemberS)
		if !ok || held.Value < leaseFrom(now) {
			return i
		}
	}
	return -1
}

func slotName(i int) string { return "ask_running_" + strconv.Itoa(i) }

// leaseFrom is the text that every lease which still holds at t sorts after: its
// end in milliseconds, padded, and then the request's id.
func leaseFrom(t time.Time) string { return fmt.Sprintf("%015d", t.UnixMilli()) }

func (u update) reservation(row entitlement.Row, now time.Time) Reservation {
	limit := entitlement.PlanOf(row.Holds(now)).Limits.AskPerMonth
	return Reservation{
		Sub: u.sub, ID: u.id, Period: row.Usage.Period, Tier: row.Holds(now),
		Remaining: max(limit-row.Usage.AskUsed, 0), slot: u.slot,
	}
}

// try makes the attempt and returns the row after it.
func (l *Ledger) try(ctx context.Context, u update) (entitlement.Row, error) {
	out, err := l.DB.UpdateItem(ctx, l.input(u))
	if err != nil {
		return entitlement.Row{}, err
	}
	return entitlement.RowOf(u.sub, out.Attributes), nil
}
