package calendar

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/notetaker/link"
)

// Bots takes a calendar's wishes for bots back. notetaker.Dispatcher is one.
type Bots interface {
	Withdraw(ctx context.Context, sub string, l link.Link, start time.Time) error
}

// withdraw calls the bots off that c has scheduled. Each gets its chance.
func withdraw(ctx context.Context, bots Bots, c Connection) error {
	var all []error
	for _, m := range c.Upcoming {
		l, ok := link.Recognise(m.MeetingURL)
		if m.Bot != Scheduled || !ok {
			continue
		}
		if err := bots.Withdraw(ctx, c.Sub, l, m.Start); err != nil {
			all = append(all, fmt.Errorf("calendar: withdraw bot of %s: %w", c.Sub, err))
		}
	}
	return errors.Join(all...)
}

// Revoker ends connections that Google has ended. It is safe for concurrent use.
type Revoker struct {
	Store  Store
	Bots   Bots
	People interface {
		// Reader returns whom to write to; without an e-mail there is nobody.
		Reader(ctx context.Context, sub string) (mail.Reader, error)
	}
	Mail interface {
		CalendarDisconnected(ctx context.Context, r mail.Reader, connected time.Time) (mail.Outcome, error)
	}
	Log *slog.Logger
	Now func() time.Time
}

// Revoked ends c, whose grant Google called invalid: its bots are called off, its
// user is told by mail, once, and it is marked, which takes it out of all polls.
// Marking comes last: after a failure or a crash the connection is still due, and
// the next poll comes here again. A connection that its user has replaced or
// ended meanwhile is left alone.
func (r *Revoker) Revoked(ctx context.Context, c Connection) error {
	now, err := r.Store.Get(ctx, c.Sub)
	if err != nil {
		return err
	}
	if now.Grant != c.Grant || now.State != Active {
		return nil
	}
	if err := withdraw(ctx, r.Bots, now); err != nil {
		return err
	}
	if err := r.tell(ctx, now); err != nil {
		return err
	}
	if _, err := r.Store.Retire(ctx, now, Revoked); err != nil && !errors.Is(err, ErrChanged) {
		return err
	}
	r.Log.InfoContext(ctx, "calendar revoked", append(boot.Count(r.Now(), "CalendarRevoked", 1), "sub", c.Sub)...)
	return nil
}

// tell writes to the user. An address that no mail reaches must not keep the
// connection alive.
func (r *Revoker) tell(ctx context.Context, c Connection) error {
	reader, err := r.People.Reader(ctx, c.Sub)
	if err != nil {
		return err
	}
	_, err = r.Mail.CalendarDisconnected(ctx, reader, c.ConnectedAt)
	if errors.Is(err, mail.ErrAddress) || errors.Is(err, mail.ErrRejected) {
		r.Log.WarnContext(ctx, "notice of a revoked calendar not sent", "code", fault.Of(err).Code, "sub", c.Sub, "error", err)
		return nil
	}
	return err
}
