package migration

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/profile"
)

// patience bounds what a sign-in waits for Supabase. Cognito gives up on a
// trigger after 5 s; before that we can say what was wrong.
const patience = 3 * time.Second

// parting bounds the courtesy of closing the old system's session.
const parting = 700 * time.Millisecond

// Newcomer is a user whom Cognito is to create.
type Newcomer struct {
	Attributes map[string]string
	// Reset is set for one who must choose a new password first: the old one is
	// too weak for the pool.
	Reset bool
}

// Door lets users of the old system in whom the pool does not know yet. It
// keeps no password and writes none to a log. It is safe for concurrent use.
type Door struct {
	Supabase interface {
		SignIn(ctx context.Context, email, password string) (supabase.Session, error)
		SignOut(ctx context.Context, token string) error
	}
	Rows interface {
		Get(ctx context.Context, email string) (Legacy, error)
		Prove(ctx context.Context, email string, l Legacy) error
	}
	Log *slog.Logger
	Now func() time.Time
}

// SignIn returns the user to whom the old password belongs; nil for a wrong
// password, which is also the answer for nobody, for one who came by Google, one
// who is banned, and one who has come over before. Its errors are ErrBusy,
// ErrUnavailable, ErrSetup and ErrUnconfirmed.
func (d *Door) SignIn(ctx context.Context, username, password string) (*Newcomer, error) {
	email := Address(username)
	if !isAddress(email) || password == "" {
		return nil, nil
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	known, err := d.Rows.Get(ctx, email)
	switch {
	case err != nil:
		return nil, ErrUnavailable.With(err)
	case known.Sub != "" || known.Left:
		return nil, d.note(ctx, "come over before", nil)
	}
	s, err := d.Supabase.SignIn(ctx, email, password)
	if err != nil {
		return nil, d.refusal(ctx, err)
	}
	if why := d.distrust(s.User, email); why != "" {
		d.part(ctx, s.Token)
		return nil, d.note(ctx, why, nil)
	}
	return d.admit(ctx, email, password, s)
}

// refusal sorts out why Supabase gave no session.
func (d *Door) refusal(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, supabase.ErrCredentials):
		return d.note(ctx, "wrong password", nil)
	case errors.Is(err, supabase.ErrBanned):
		return d.note(ctx, "banned", nil)
	case errors.Is(err, supabase.ErrUnconfirmed):
		return d.note(ctx, "unconfirmed", ErrUnconfirmed)
	case errors.Is(err, supabase.ErrBusy):
		return d.note(ctx, "busy", ErrBusy.With(err))
	case errors.Is(err, supabase.ErrSetup):
		return d.note(ctx, "setup", ErrSetup.With(err))
	}
	return d.note(ctx, "unavailable", ErrUnavailable.With(err))
}

// distrust says why a session is not good enough, "" if it is. Supabase let the
// person in, but the pool must not take somebody else's address for proven.
func (d *Door) distrust(u supabase.User, email string) string {
	switch {
	case Address(u.Email) != email:
		return "another address"
	case !u.Proven():
		return "unconfirmed"
	case u.BannedUntil.After(d.Now()):
		return "banned"
	}
	return ""
}

// admit writes the claim down and only then lets Cognito create the user: a user
// without it would lose what they paid for.
func (d *Door) admit(ctx context.Context, email, password string, s supabase.Session) (*Newcomer, error) {
	left := make(chan struct{})
	go func() {
		defer close(left)
		d.part(ctx, s.Token)
	}()
	err := d.Rows.Prove(ctx, email, Legacy{ID: s.User.ID, Name: s.User.Name()})
	<-left
	switch {
	case errors.Is(err, ErrClaimed):
		return nil, d.note(ctx, "come over before", nil)
	case err != nil:
		return nil, ErrUnavailable.With(err)
	}
	weak := s.Weak != nil || !Strong(password)
	if weak {
		return newcomer(email, s.User.Name(), s.User.Picture(), true), d.note(ctx, "migrated, password too weak", nil)
	}
	return newcomer(email, s.User.Name(), s.User.Picture(), false), d.note(ctx, "migrated", nil)
}

// Forgotten returns the user who forgot the old password, nil if the old system
// had no such user. They get Cognito's code by mail, which proves the address;
// until they enter it they have no password at all.
func (d *Door) Forgotten(ctx context.Context, username string) (*Newcomer, error) {
	email := Address(username)
	if !isAddress(email) {
		return nil, nil
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	l, err := d.Rows.Get(ctx, email)
	switch {
	case err != nil:
		return nil, ErrUnavailable.With(err)
	case !l.Waits() || l.Banned(d.Now()):
		return nil, nil
	}
	return newcomer(email, l.Name, "", false), d.note(ctx, "forgot the password", nil)
}

// newcomer describes the user to Cognito. The name and the picture are other
// people's texts, and get what the profile's get.
func newcomer(email, name, picture string, reset bool) *Newcomer {
	clean := profile.FromAttributes(map[string]string{"name": name, "picture": picture})
	n := &Newcomer{Reset: reset, Attributes: map[string]string{"email": email, "email_verified": "true"}}
	for attr, v := range map[string]string{"name": clean.Name, "picture": clean.AvatarURL} {
		if v != "" {
			n.Attributes[attr] = v
		}
	}
	return n
}

// part closes the session that the sign-in opened. Nothing depends on it.
func (d *Door) part(ctx context.Context, token string) {
	ctx, stop := context.WithTimeout(ctx, parting)
	defer stop()
	if err := d.Supabase.SignOut(ctx, token); err != nil {
		d.Log.InfoContext(ctx, "old session not closed", "error", fmt.Errorf("sign out: %w", err))
	}
}

// note writes and counts one outcome, and returns err.
func (d *Door) note(ctx context.Context, outcome string, err error) error {
	attrs := append(boot.Count(d.Now(), metricOf(outcome), 1), "legacy_outcome", outcome)
	d.Log.InfoContext(ctx, "legacy sign-in", attrs...)
	return err
}

// metricOf names the metric of an outcome.
func metricOf(outcome string) string {
	switch outcome {
	case "migrated", "migrated, password too weak", "forgot the password":
		return "LegacyMigrated"
	case "setup":
		return "LegacySetup"
	case "busy":
		return "LegacyBusy"
	case "unavailable":
		return "LegacyUnavailable"
	}
	return "LegacyRefused"
}
