package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/mail"
)

func TestNoticesSayEachThingOnce(t *testing.T) {
	t.Parallel()
	ada := mail.Reader{Sub: "s1", Email: reader, Name: "Ada"}
	june := time.Date(2026, 6, 8, 23, 59, 0, 0, time.UTC)
	tests := []struct {
		name          string
		send, another func(context.Context, *mail.Notices) (mail.Outcome, error)
		tag, subject  string
		says          string
	}{
		{
			name: "account deleted",
			send: func(ctx context.Context, n *mail.Notices) (mail.Outcome, error) { return n.AccountDeleted(ctx, ada) },
			another: func(ctx context.Context, n *mail.Notices) (mail.Outcome, error) {
				return n.AccountDeleted(ctx, mail.Reader{Sub: "s2", Email: reader})
			},
			tag: "account-deleted", subject: "Your Call Analyst account is deleted", says: "Nothing more will be charged",
		},
		{
			name: "payment failed",
			send: func(ctx context.Context, n *mail.Notices) (mail.Outcome, error) {
				return n.PaymentFailed(ctx, ada, "pro", "in_1", june)
			},
			another: func(ctx context.Context, n *mail.Notices) (mail.Outcome, error) {
				return n.PaymentFailed(ctx, ada, "pro", "in_2", june)
			},
			tag: "payment-failed", subject: "Your payment did not go through", says: "Nothing changes until June 8, 2026.",
		},
		{
			name: "calendar disconnected",
			send: func(ctx context.Context, n *mail.Notices) (mail.Outcome, error) {
				return n.CalendarDisconnected(ctx, ada, june)
			},
			another: func(ctx context.Context, n *mail.Notices) (mail.Outcome, error) {
				return n.CalendarDisconnected(ctx, ada, june.Add(time.Hour))
			},
			tag: "calendar-disconnected", subject: "Your calendar is no longer connected", says: "under Calendar",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := &mail.Notices{Pages: w.pages, Outbox: w.outbox}
			for i, want := range []mail.Outcome{mail.Sent, mail.Duplicate} {
				if got, err := tt.send(t.Context(), n); got != want || err != nil {
					t.Fatalf("run %d = %q, %v, want %q", i+1, got, err, want)
				}
			}
			m := w.ses.Messages()[0]
			if m.Subject != tt.subject || m.Tags["mail"][0] != tt.tag || m.ConfigurationSet != "auth" || len(m.Headers) != 0 {
				t.Errorf("mail %q tagged %v by set %q with headers %v, want %q, a warning", m.Subject, m.Tags, m.ConfigurationSet, m.Headers, tt.subject)
			}
			if !strings.HasPrefix(m.Text, "Hello Ada,") || !strings.Contains(strings.Join(strings.Fields(m.Text), " "), tt.says) || !strings.Contains(m.HTML, tt.says) {
				t.Errorf("mail does not greet and say %q:\n%s", tt.says, m.Text)
			}
			if got, err := tt.another(t.Context(), n); got != mail.Sent || err != nil {
				t.Errorf("about another thing = %q, %v, want sent", got, err)
			}
		})
	}
}

func TestNoticesRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := &mail.Notices{Pages: w.pages, Outbox: w.outbox}
	if _, err := n.AccountDeleted(t.Context(), mail.Reader{Sub: "s1"}); !errors.Is(err, mail.ErrAddress) {
		t.Errorf("without an address: error = %v, want ErrAddress", err)
	}
	for _, tier := range []string{"", "free", "gold"} {
		if got, err := n.PaymentFailed(t.Context(), mail.Reader{Sub: "s1", Email: reader}, tier, "in_1", time.Time{}); got != mail.Ignored || err != nil {
			t.Errorf("payment for tier %q = %q, %v, want ignored", tier, got, err)
		}
	}
	if n := len(w.ses.Messages()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}
