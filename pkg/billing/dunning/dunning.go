// Package dunning tells users by mail that a renewal could not be charged. It is
// apart from pkg/billing, so that only the function that takes Stripe's webhooks
// carries mail.
package dunning

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
)

// Patience bounds what a mail may add to the answer that Stripe waits for.
const Patience = 1500 * time.Millisecond

// Mails writes the mail. mail.Notices is one.
type Mails interface {
	PaymentFailed(ctx context.Context, r mail.Reader, tier, invoiceID string, until time.Time) (mail.Outcome, error)
}

// Teller tells of each invoice once. What keeps it from doing so is counted and
// stays without effect: the payment is tried again in a few days, and with it the
// mail. It is safe for concurrent use.
type Teller struct {
	Accounts interface {
		Account(ctx context.Context, sub string) (profile.Account, error)
	}
	// Mails makes the mails' writer at its first use: few webhooks need one.
	Mails func() (Mails, error)
	Log   *slog.Logger
	Now   func() time.Time
}

var errSilent = errors.New("dunning: the profile has no address")

// PaymentFailed implements what billing.Receiver asks for.
func (t *Teller) PaymentFailed(ctx context.Context, f billing.Failed) {
	ctx, stop := context.WithTimeout(ctx, Patience)
	defer stop()
	outcome, err := t.tell(ctx, f)
	if err != nil {
		t.Log.WarnContext(ctx, "payment notice not sent", append(boot.Count(t.Now(), "PaymentNoticeUnsent", 1),
			"code", fault.Of(err).Code, "sub", f.Sub, "invoice", f.Invoice, "error", err)...)
		return
	}
	t.Log.InfoContext(ctx, "payment notice", "outcome", string(outcome), "sub", f.Sub, "invoice", f.Invoice)
}

func (t *Teller) tell(ctx context.Context, f billing.Failed) (mail.Outcome, error) {
	a, err := t.Accounts.Account(ctx, f.Sub)
	switch {
	case err != nil:
		return "", err
	case a.Entitlement.Disabled: // deleted, or locked by an operator
		return mail.Ignored, nil
	case a.Profile.Email == "":
		return "", mail.ErrAddress.With(errSilent)
	}
	mails, err := t.Mails()
	if err != nil {
		return "", err
	}
	outcome, err := mails.PaymentFailed(ctx, mail.Reader{Sub: f.Sub, Email: a.Profile.Email, Name: a.Profile.Name}, string(f.Tier), f.Invoice, f.Until)
	if err != nil {
		return "", fmt.Errorf("dunning: tell %s of %s: %w", f.Sub, f.Invoice, err)
	}
	return outcome, nil
}
