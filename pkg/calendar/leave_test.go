package calendar_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/mail"
)

func TestLeave(t *testing.T) {
	t.Parallel()
	w := open(t)
	skipped := meeting("e2")
	skipped.Bot = calendar.Skipped
	w.schedule(w.connect("u1", gmail), meeting("e1"), skipped)
	for n := range 2 { // and asked again there is nothing to do
		if err := w.leaver().Revoke(t.Context(), "u1"); err != nil {
			t.Fatalf("call %d: %v", n+1, err)
		}
	}
	if c := get(t, w.store, "u1"); c.State != calendar.None || len(w.google.Granted()) != 0 {
		t.Errorf("left are %+v and the grants of %v", c, w.google.Granted())
	}
	if diff := cmp.Diff([]string{"withdraw u1 zoom:123456789 13:00:00"}, w.bots.told); diff != "" {
		t.Errorf("told to the dispatcher (-want +got):\n%s", diff)
	}
}

// TestLeavingGoesOnAfterTrouble takes each party away in turn. Polls have ended
// all the same, and the next call ends the rest.
func TestLeavingGoesOnAfterTrouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(w *world)
		want  error
	}{
		{"the dispatcher fails", func(w *world) { w.bots.err = errDown }, errDown},
		{"Google is down", func(w *world) { w.google.Break(googletest.Fault{Match: "POST /revoke", Status: 503}) }, calendar.ErrGoogle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			w.schedule(w.connect("u1", gmail), meeting("e1"))
			tt.spoil(w)
			if err := w.leaver().Revoke(t.Context(), "u1"); !errors.Is(err, tt.want) {
				t.Errorf("in trouble: %v, want %v", err, tt.want)
			}
			c := get(t, w.store, "u1")
			if c.State != calendar.Ending || c.ViewAt(noon).Connected || len(due(t, w.store)) != 0 {
				t.Errorf("meanwhile the connection is %+v, want one that no poll finds", c)
			}
			if _, err := w.desk().Change(t.Context(), "u1", calendar.Change{}); !errors.Is(err, calendar.ErrNone) {
				t.Errorf("meanwhile it can be changed: %v", err)
			}
			w.bots.err = nil
			w.google.Calm()
			if err := w.leaver().Revoke(t.Context(), "u1"); err != nil || get(t, w.store, "u1").State != calendar.None || len(w.google.Granted()) != 0 {
				t.Errorf("afterwards: %v, %v, granted %v", err, get(t, w.store, "u1").State, w.google.Granted())
			}
		})
	}
}

// A token that KMS does not open for this user cannot be revoked; the user gets
// rid of the connection all the same, and the log says so.
func TestLeavingWithATokenThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.connect("u1", gmail)
	c := w.connect("u2", "grace@gmail.example")
	c.Refresh, c.Version = get(t, w.store, "u1").Refresh, c.Version+1 // somebody copied a row's token
	if err := w.store.Connect(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := w.leaver().Revoke(t.Context(), "u2"); err != nil {
		t.Fatal(err)
	}
	if got := w.google.Granted(); len(got) != 2 {
		t.Errorf("granted are %v: u2 has ended the grant of somebody else", got)
	}
	if get(t, w.store, "u2").State != calendar.None || !strings.Contains(w.log.String(), "GRANT_NOT_REVOKED") {
		t.Errorf("the connection is %+v, the log %s", get(t, w.store, "u2"), w.log)
	}
}

// post is a mail room that writes down whom it told.
type post struct {
	told  []string
	err   error
	email string
}

func (p *post) Reader(_ context.Context, sub string) (mail.Reader, error) {
	return mail.Reader{Sub: sub, Email: p.email}, nil
}

func (p *post) CalendarDisconnected(_ context.Context, r mail.Reader, connected time.Time) (mail.Outcome, error) {
	p.told = append(p.told, r.Sub+" "+r.Email+" "+connected.Format(time.RFC3339))
	return mail.Sent, p.err
}

func (w *world) revoker(p *post) *calendar.Revoker {
	return &calendar.Revoker{Store: w.store, Bots: w.bots, People: p, Mail: p, Log: w.logger(), Now: w.clock}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	told := []string{"u1 ada@example.com 2026-11-21T12:00:00Z"}
	tests := []struct {
		name  string
		post  post
		spoil func(w *world) // between the poll's read and its end
		want  error
		state calendar.State
		told  []string
	}{
		{name: "the user is told", post: post{email: "ada@example.com"}, state: calendar.Revoked, told: told},
		{name: "no mail reaches the user", post: post{email: "ada@example.com", err: mail.ErrRejected}, state: calendar.Revoked, told: told},
		{name: "the user has no address", post: post{err: mail.ErrAddress}, state: calendar.Revoked, told: []string{"u1  2026-11-21T12:00:00Z"}},
		{name: "SES is down: the next poll comes again", post: post{email: "ada@example.com", err: errDown}, want: errDown, state: calendar.Active, told: told},
		{name: "the dispatcher is down: the next poll comes again", spoil: func(w *world) { w.bots.err = errDown }, want: errDown, state: calendar.Active},
		{name: "the user has connected again", spoil: func(w *world) { w.connect("u1", gmail) }, state: calendar.Active},
		{name: "the user has disconnected", spoil: func(w *world) {
			if err := w.leaver().Revoke(w.t.Context(), "u1"); err != nil {
				w.t.Error(err)
			}
			w.bots.told = nil
		}, state: calendar.None},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			c := w.schedule(w.connect("u1", gmail), meeting("e1"))
			if tt.spoil != nil {
				tt.spoil(w)
			}
			if err := w.revoker(&tt.post).Revoked(t.Context(), c); !errors.Is(err, tt.want) {
				t.Errorf("Revoked: %v, want %v", err, tt.want)
			}
			if got := get(t, w.store, "u1").State; got != tt.state {
				t.Errorf("the state is %s, want %s", got, tt.state)
			}
			if diff := cmp.Diff(tt.told, tt.post.told); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			if withdrawn := len(w.bots.told) == 1; withdrawn != (tt.told != nil || tt.want != nil) {
				t.Errorf("told to the dispatcher: %q", w.bots.told)
			}
		})
	}
}

// TestAGrantThatTheUserTakesBack goes the whole way: Google's settings, the next
// refresh, the end.
func TestAGrantThatTheUserTakesBack(t *testing.T) {
	t.Parallel()
	w := open(t)
	c := w.connect("u1", gmail)
	tokens := google.Tokens{OAuth: w.oauth, Vault: w.vault, Store: w.store, Log: w.logger(), Now: w.clock}
	w.google.EndAccess(gmail)
	w.pass(time.Hour)
	_, err := tokens.Token(t.Context(), c)
	if !errors.Is(err, calendar.ErrRevoked) {
		t.Fatalf("Token: %v, want ErrRevoked", err)
	}
	p := &post{email: "ada@example.com"}
	for range 3 { // a queue delivers more than once
		if err := w.revoker(p).Revoked(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.told) != 1 || len(due(t, w.store)) != 0 {
		t.Errorf("told %q, due %v; want one mail and nothing due", p.told, due(t, w.store))
	}
}

func TestTokensOpenForTheirUserAndPurposeAlone(t *testing.T) {
	t.Parallel()
	v := vault(t)
	sealed, err := v.Seal(t.Context(), "u1", calendar.RefreshToken, "1//0token")
	if err != nil || strings.Contains(string(sealed), "token") {
		t.Fatalf("Seal: %q, %v", sealed, err)
	}
	if got, err := v.Open(t.Context(), "u1", calendar.RefreshToken, sealed); got != "1//0token" || err != nil {
		t.Errorf("Open = %q, %v", got, err)
	}
	for name, open := range map[string]func() (string, error){
		"another user":    func() (string, error) { return v.Open(t.Context(), "u2", calendar.RefreshToken, sealed) },
		"another purpose": func() (string, error) { return v.Open(t.Context(), "u1", calendar.AccessToken, sealed) },
		"changed bytes": func() (string, error) {
			changed := slices.Clone(sealed)
			changed[len(changed)-1] ^= 1
			return v.Open(t.Context(), "u1", calendar.RefreshToken, changed)
		},
	} {
		if got, err := open(); got != "" || !errors.Is(err, calendar.ErrSealed) {
			t.Errorf("%s: %q, %v; want ErrSealed", name, got, err)
		}
	}
	other := v
	other.KeyID = "arn:aws:kms:us-east-2:000000000000:key/00000000-0000-4000-8000-000000000000"
	if _, err := other.Open(t.Context(), "u1", calendar.RefreshToken, sealed); errors.Is(err, calendar.ErrSealed) || !errors.Is(err, calendar.ErrStore) {
		t.Errorf("with a wrong key: %v; a mistake of ours must not end connections", err)
	}
}
