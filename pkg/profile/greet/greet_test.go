package greet_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/greet"
)

func clock() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// post is both ends of a Greeter: accounts by sub, and the mails sent.
type post struct {
	account profile.Account
	readErr error
	outcome mail.Outcome
	sendErr error
	hold    chan struct{} // blocks Send until closed, unless nil

	mu   sync.Mutex
	sent []mail.Newcomer
}

func (p *post) Account(context.Context, string) (profile.Account, error) { return p.account, p.readErr }

func (p *post) Send(_ context.Context, n mail.Newcomer) (mail.Outcome, error) {
	if p.hold != nil {
		<-p.hold
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, n)
	return p.outcome, p.sendErr
}

func (p *post) greeter(log *bytes.Buffer) *greet.Greeter {
	return &greet.Greeter{Accounts: p, Mails: p, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: clock}
}

func TestGreet(t *testing.T) {
	t.Parallel()
	ada := profile.Profile{Sub: "u1", Email: "ada@example.com", Name: "Ada", Version: 1}
	paid := entitlement.Row{Entitlement: entitlement.Entitlement{Tier: entitlement.Pro, EntitledUntil: clock().Add(time.Hour)}}
	over := entitlement.Row{Entitlement: entitlement.Entitlement{Tier: entitlement.Pro, EntitledUntil: clock().Add(-time.Hour)}}
	down := errors.New("down")
	free := mail.Newcomer{Sub: "u1", Email: "ada@example.com", Name: "Ada", Tier: "free"}
	pro := free
	pro.Tier = "pro"
	tests := []struct {
		name   string
		post   post
		sent   []mail.Newcomer
		err    error
		logged string
	}{
		{name: "a user on the free plan", post: post{account: profile.Account{Profile: ada}, outcome: mail.Sent}, sent: []mail.Newcomer{free}, logged: "sent"},
		{name: "a user on Pro", post: post{account: profile.Account{Profile: ada, Entitlement: paid}, outcome: mail.Sent}, sent: []mail.Newcomer{pro}, logged: "sent"},
		{name: "a plan that has run out", post: post{account: profile.Account{Profile: ada, Entitlement: over}, outcome: mail.Sent}, sent: []mail.Newcomer{free}, logged: "sent"},
		{name: "a mail that is sent already", post: post{account: profile.Account{Profile: ada}, outcome: mail.Duplicate}, sent: []mail.Newcomer{free}, logged: "duplicate"},
		{name: "an address that gets no mail", post: post{account: profile.Account{Profile: ada}, outcome: mail.Suppressed}, sent: []mail.Newcomer{free}, logged: "suppressed"},
		{name: "a user who has no address", post: post{account: profile.Account{Profile: profile.Profile{Sub: "u1", Version: 1}}}, logged: "ignored"},
		{name: "a locked account", post: post{account: profile.Account{Profile: ada, Entitlement: entitlement.Row{Disabled: true}}}, logged: "ignored"},
		{name: "no row yet", post: post{account: profile.Account{Profile: profile.Profile{Sub: "u1"}}}, err: greet.ErrNoProfile},
		{name: "DynamoDB is down", post: post{readErr: down}, err: down},
		{name: "SES is down", post: post{account: profile.Account{Profile: ada}, sendErr: mail.ErrUnavailable}, sent: []mail.Newcomer{free}, err: mail.ErrUnavailable},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			err := tt.post.greeter(&log).Greet(t.Context(), "u1")
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("Greet = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.sent, tt.post.sent); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			if got := log.String(); !strings.Contains(got, `"outcome":"`+tt.logged) || strings.Contains(got, "@") {
				if tt.logged != "" || got != "" {
					t.Errorf("log %q, want the outcome %q and no address", got, tt.logged)
				}
			}
		})
	}
}

func TestGreetAtOnceWorksOncePerUser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := post{account: profile.Account{Profile: profile.Profile{Email: "ada@example.com", Version: 1}}, outcome: mail.Sent, hold: make(chan struct{})}
		g := p.greeter(new(bytes.Buffer))
		for _, sub := range []string{"u1", "u1", "u2", "u1"} {
			go func() {
				if err := g.Greet(t.Context(), sub); err != nil {
					t.Errorf("Greet(%s) = %v", sub, err)
				}
			}()
		}
		synctest.Wait()
		close(p.hold)
		synctest.Wait()
		if len(p.sent) != 2 {
			t.Errorf("sent %d mails for two users, want 2", len(p.sent))
		}
	})
}
