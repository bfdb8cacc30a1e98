package mail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/mail"
)

func TestWelcomesSpeaksOfThePlan(t *testing.T) {
	t.Parallel()
	tests := []struct{ tier, subject, says string }{
		{tier: "free", subject: "Welcome to Call Analyst", says: "on the free plan"},
		{tier: "pro", subject: "Welcome to Call Analyst Pro", says: "your Pro plan is active"},
		{tier: "team", subject: "Welcome to Call Analyst Team", says: "your Team plan is active"},
		{tier: "", subject: "Welcome to Call Analyst", says: "on the free plan"},
		{tier: "<b>gold", subject: "Welcome to Call Analyst", says: "on the free plan"},
	}
	for _, tt := range tests {
		t.Run(tt.tier, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			welcomes := &mail.Welcomes{Pages: w.pages, Outbox: w.outbox}
			if got, err := welcomes.Send(t.Context(), mail.Newcomer{Sub: "s1", Email: reader, Name: "Ada", Tier: tt.tier}); got != mail.Sent || err != nil {
				t.Fatalf("Send = %q, %v, want sent", got, err)
			}
			m := w.ses.Messages()[0]
			if m.Subject != tt.subject || m.ConfigurationSet != "product" || len(m.Headers) != 1 {
				t.Errorf("mail %q by set %q with headers %v, want %q by product, unsubscribable", m.Subject, m.ConfigurationSet, m.Headers, tt.subject)
			}
			if !strings.Contains(m.HTML, tt.says) || !strings.Contains(m.Text, tt.says) || !strings.HasPrefix(m.Text, "Hello Ada,") {
				t.Errorf("mail does not greet and say %q:\n%s", tt.says, m.Text)
			}
		})
	}
}

func TestWelcomesOncePerUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	welcomes := &mail.Welcomes{Pages: w.pages, Outbox: w.outbox}
	send := func(sub, tier string) mail.Outcome {
		t.Helper()
		got, err := welcomes.Send(t.Context(), mail.Newcomer{Sub: sub, Email: reader, Tier: tier})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, s := range []struct {
		sub, tier string
		after     time.Duration
		want      mail.Outcome
	}{
		{sub: "s1", tier: "free", want: mail.Sent},
		{sub: "s1", tier: "pro", want: mail.Duplicate},
		{sub: "s2", tier: "free", want: mail.Sent},
		{sub: "s1", tier: "free", after: 399 * 24 * time.Hour, want: mail.Duplicate},
	} {
		w.clock.Add(s.after)
		if got := send(s.sub, s.tier); got != s.want {
			t.Errorf("welcome of %s on %s after %v = %q, want %q", s.sub, s.tier, s.after, got, s.want)
		}
	}
	if _, err := welcomes.Send(t.Context(), mail.Newcomer{Sub: "s3"}); !errors.Is(err, mail.ErrAddress) {
		t.Errorf("welcome without an address: error = %v, want ErrAddress", err)
	}
}
