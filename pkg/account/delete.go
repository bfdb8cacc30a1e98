package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail"
)

// Deleter deletes accounts. Bots and Calendar may be nil, where the fleet has no
// notetaker or no calendars. It is safe for concurrent use.
type Deleter struct {
	// Later has Resume called for the user by and by, whatever becomes of this
	// process. Only Delete needs it.
	Later interface {
		Send(ctx context.Context, sub string) error
	}
	Marks interface {
		Begin(ctx context.Context, c Case) (Case, error)
		Find(ctx context.Context, sub string) (Case, bool, error)
		Finish(ctx context.Context, sub string) error
	}
	Pool interface {
		Find(ctx context.Context, p Person) (SignIn, bool, error)
		SignOut(ctx context.Context, username string) error
		Delete(ctx context.Context, username string) error
	}
	Billing interface {
		// Close ends every subscription of the customer at once.
		Close(ctx context.Context, customerID string) error
	}
	Bots interface {
		// StopAll calls the user's bots out of their meetings, and off those to come.
		StopAll(ctx context.Context, sub string) error
	}
	Calendar interface {
		// Revoke gives the access to the user's calendar back.
		Revoke(ctx context.Context, sub string) error
	}
	Legacy interface {
		// Leave keeps the old system from bringing the user back.
		Leave(ctx context.Context, sub, email string) error
	}
	Rows interface {
		Sweep(ctx context.Context, p Person) error
	}
	Mail interface {
		AccountDeleted(ctx context.Context, r mail.Reader) (mail.Outcome, error)
	}
	Log *slog.Logger
	Now func() time.Time
}

// Delete deletes everything of p but what the law needs. It can be called again
// and again: a call goes on where the one before stopped, side by side they do no
// harm, and after the last step it does nothing. It is ErrDisabled of
// pkg/entitlement for an account that an operator has locked, and ErrUnfinished
// when a step failed; then the account is locked already, and Resume ends it.
//
// Nothing begins before its end is assured: the message that has Resume called is
// out before the first step.
func (d *Deleter) Delete(ctx context.Context, p Person) error {
	signIn, there, err := d.Pool.Find(ctx, p)
	if err != nil {
		return err
	}
	c := Case{Person: p}
	if there {
		c.Email, c.Name = signIn.email(), signIn.Attributes["name"]
	}
	if err := d.Later.Send(ctx, p.Sub); err != nil {
		return ErrUnavailable.With(err)
	}
	c, err = d.Marks.Begin(ctx, c)
	if err != nil || c.Done {
		return err
	}
	return d.end(ctx, c, there)
}

// end takes the steps and says what became of them.
func (d *Deleter) end(ctx context.Context, c Case, there bool) error {
	if err := d.finish(ctx, c, there); err != nil {
		return d.unfinished(ctx, c.Sub, err)
	}
	d.Log.InfoContext(ctx, "account deleted", append(boot.Count(d.Now(), "AccountDeleted", 1), "sub", c.Sub)...)
	return nil
}

// unfinished counts a deletion that is not at its end.
func (d *Deleter) unfinished(ctx context.Context, sub string, err error) error {
	d.Log.ErrorContext(ctx, "deletion unfinished", append(boot.Count(d.Now(), "DeletionUnfinished", 1), "code", ErrUnfinished.Code, "sub", sub, "error", err)...)
	return ErrUnfinished.With(err)
}

// finish takes the steps in the order in which they do no harm if the next one
// fails: first what costs money or listens, then what the person sees, then the
// ways back in, the old system's before the pool's, and the note of it all last.
func (d *Deleter) finish(ctx context.Context, c Case, there bool) error {
	if err := d.stop(ctx, c); err != nil {
		return err
	}
	if there {
		if err := d.Pool.SignOut(ctx, c.Username); err != nil {
			return err
		}
	}
	if err := d.Rows.Sweep(ctx, c.Person); err != nil {
		return err
	}
	if err := d.Legacy.Leave(ctx, c.Sub, c.Email); err != nil {
		return err
	}
	if there {
		if err := d.Pool.Delete(ctx, c.Username); err != nil {
			return err
		}
	}
	if err := d.tell(ctx, c); err != nil {
		return err
	}
	return d.Marks.Finish(ctx, c.Sub)
}

// stop ends what runs for the user elsewhere, side by side: each party gets its
// chance, whatever happens at the others.
func (d *Deleter) stop(ctx context.Context, c Case) error {
	var g errgroup.Group
	if c.CustomerID != "" {
		g.Go(func() error { return d.Billing.Close(ctx, c.CustomerID) })
	}
	if d.Bots != nil {
		g.Go(func() error { return d.Bots.StopAll(ctx, c.Sub) })
	}
	if d.Calendar != nil {
		g.Go(func() error { return d.Calendar.Revoke(ctx, c.Sub) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("account: stop what runs for %s: %w", c.Sub, err)
	}
	return nil
}

// tell writes to the person. An address that no mail can reach must not hold the
// deletion up for ever.
func (d *Deleter) tell(ctx context.Context, c Case) error {
	if c.Email == "" {
		return nil
	}
	_, err := d.Mail.AccountDeleted(ctx, mail.Reader{Sub: c.Sub, Email: c.Email, Name: c.Name})
	if errors.Is(err, mail.ErrAddress) || errors.Is(err, mail.ErrRejected) {
		d.Log.WarnContext(ctx, "farewell not sent", "code", fault.Of(err).Code, "sub", c.Sub, "error", err)
		return nil
	}
	return err
}
