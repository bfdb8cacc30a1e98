package dunning_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/dunning"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
)

var errDown = errors.New("ses is down")

// party is the tables and the mail in one.
type party struct {
	account profile.Account
	read    error
	send    error
	outcome mail.Outcome
	slow    time.Duration
	sent    []string
}

func (p *party) Account(context.Context, string) (profile.Account, error) { return p.account, p.read }

func (p *party) PaymentFailed(ctx context.Context, r mail.Reader, tier, invoice string, until time.Time) (mail.Outcome, error) {
	if p.slow > 0 {
		select {
		case <-time.After(p.slow):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	p.sent = append(p.sent, fmt.Sprint(r.Email, " ", r.Name, " ", tier, " ", invoice, " ", until.Format(time.DateOnly)))
	return p.outcome, p.send
}

func (p *party) teller(log *bytes.Buffer) *dunning.Teller {
	return &dunning.Teller{
		Accounts: p, Mails: func() (dunning.Mails, error) { return p, nil },
		Log: slog.New(slog.NewJSONHandler(log, nil)), Now: time.Now,
	}
}

// june is a renewal of Ada's that failed.
func june() billing.Failed {
	return billing.Failed{Sub: "u1", Invoice: "in_1", Tier: entitlement.Pro, Until: time.Date(2026, 6, 8, 0, 0, 0, 0, time.UTC)}
}

func ada() profile.Account {
	return profile.Account{Profile: profile.Profile{Sub: "u1", Email: "ada@example.com", Name: "Ada", Version: 1}}
}

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	locked, silent := ada(), ada()
	locked.Entitlement.Disabled = true
	silent.Profile.Email = ""
	const mailed = "ada@example.com Ada pro in_1 2026-06-08"
	tests := []struct {
		name  string
		party party
		want  string // the mail
		log   string
	}{
		{name: "a user with an address", party: party{account: ada(), outcome: mail.Sent}, want: mailed, log: `"outcome":"sent"`},
		{name: "a user who gets no mail", party: party{account: ada(), outcome: mail.Suppressed}, want: mailed, log: `"outcome":"suppressed"`},
		{name: "a user who is deleted or locked", party: party{account: locked}, log: `"outcome":"ignored"`},
		{name: "a user without an address", party: party{account: silent}, log: `"code":"MAIL_ADDRESS"`},
		{name: "a table that is down", party: party{account: ada(), read: profile.ErrUnavailable.With(errDown)}, log: `"PaymentNoticeUnsent":1`},
		{name: "a mail that is refused", party: party{account: ada(), send: mail.ErrRejected.With(errDown)}, want: mailed, log: `"PaymentNoticeUnsent":1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			tt.party.teller(&log).PaymentFailed(t.Context(), june())
			if got := strings.Join(tt.party.sent, "; "); got != tt.want {
				t.Errorf("sent %q, want %q", got, tt.want)
			}
			if !strings.Contains(log.String(), tt.log) || strings.Contains(log.String(), "ada@") {
				t.Errorf("log %s, want %s in it and no address", log.String(), tt.log)
			}
		})
	}
}

// TestASlowMailHoldsStripeUpNoLongerThanAgreed has SES take a minute.
func TestASlowMailHoldsStripeUpNoLongerThanAgreed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := party{account: ada(), slow: time.Minute}
		began := time.Now()
		p.teller(&log).PaymentFailed(t.Context(), june())
		if took := time.Since(began); took != dunning.Patience {
			t.Errorf("it took %s, want %s", took, dunning.Patience)
		}
		if len(p.sent) != 0 || !strings.Contains(log.String(), `"PaymentNoticeUnsent":1`) {
			t.Errorf("sent %q, log %s", p.sent, log.String())
		}
	})
}

func TestTemplatesThatDoNotParseAreNoPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := party{account: ada()}
	teller := p.teller(&log)
	teller.Mails = func() (dunning.Mails, error) { return nil, errDown }
	teller.PaymentFailed(t.Context(), june())
	if !strings.Contains(log.String(), `"PaymentNoticeUnsent":1`) {
		t.Errorf("log %s", log.String())
	}
}
