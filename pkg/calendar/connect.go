package calendar

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

var (
	// ErrDenied reports that the user said no on Google's page.
	ErrDenied = errors.New("calendar: the user denied consent")
	// ErrNotGranted reports a consent that ended without anything we can use.
	ErrNotGranted = fault.New(fault.Invalid, "CALENDAR_NOT_GRANTED", "Google did not give access to your calendar. Connect it again.")
	// ErrScope reports a consent without the calendar.
	ErrScope = fault.New(fault.Invalid, "CALENDAR_SCOPE_MISSING", "You did not tick the calendar on Google's page. Connect again and leave it ticked.")
)

// Google is the side of a connection that is not ours. google.OAuth is one.
type Google interface {
	ConsentURL(ctx context.Context, state, verifier string) (string, error)
	Exchange(ctx context.Context, code, verifier string) (Grant, error)
	// Revoke gives a grant back; one that is gone already is no error.
	Revoke(ctx context.Context, refresh string) error
}

// Connector connects users' calendars. It is safe for concurrent use.
type Connector struct {
	Store    Store
	Attempts Attempts
	Vault    Vault
	Google   Google
	Gate     Gate
	Log      *slog.Logger
	Rand     io.Reader
	Now      func() time.Time
}

// Start begins an attempt of the user's. It returns where the browser goes, and
// what it keeps in its cookie until it comes back.
func (c *Connector) Start(ctx context.Context, sub string) (url, browser string, err error) {
	if err := c.Gate.Admit(ctx, sub); err != nil {
		return "", "", err
	}
	verifier, err := random(c.Rand)
	if err != nil {
		return "", "", err
	}
	state, browser, err := c.Attempts.Begin(ctx, Attempt{Sub: sub, Verifier: verifier})
	if err != nil {
		return "", "", err
	}
	url, err = c.Google.ConsentURL(ctx, state, verifier)
	return url, browser, err
}

// Return is what comes back from Google by way of the browser. None of it can be
// trusted before Finish has taken the attempt.
type Return struct {
	State, Code, Error string // from the address
	Browser            string // from the cookie
}

// Finish ends an attempt. Whose it is the attempt says: nobody is signed in here.
// It is ErrDenied when the user said no.
func (c *Connector) Finish(ctx context.Context, r Return) error {
	a, err := c.Attempts.Take(ctx, r.State, r.Browser)
	switch {
	case err != nil:
		return err
	case r.Error == "access_denied":
		return ErrDenied
	case r.Error != "" || r.Code == "":
		return ErrNotGranted
	}
	if err := c.Gate.Admit(ctx, a.Sub); err != nil {
		return err
	}
	g, err := c.Google.Exchange(ctx, r.Code, a.Verifier)
	if errors.Is(err, ErrClient) {
		c.Log.ErrorContext(ctx, "client refused", append(boot.Count(c.Now(), "GoogleClientRefused", 1), "code", ErrClient.Code, "error", err)...)
	}
	switch {
	case err != nil:
		return err
	case !g.Scoped:
		return ErrScope
	case g.Refresh == "":
		return ErrNotGranted
	}
	return c.keep(ctx, a.Sub, g)
}

// keep stores the grant as the user's connection. A user who is deleted at the
// same time is looked for once more afterwards, so that nothing is left of them.
func (c *Connector) keep(ctx context.Context, sub string, g Grant) error {
	fresh, err := c.sealed(ctx, sub, g)
	if err != nil {
		return err
	}
	old, err := c.replace(ctx, fresh)
	if err != nil {
		return err
	}
	c.Log.InfoContext(ctx, "calendar connected", append(boot.Count(c.Now(), "CalendarConnected", 1), "sub", sub, "again", old.State != None)...)
	c.dismiss(ctx, old, fresh)
	if err := c.Gate.Admit(ctx, sub); fault.Of(err).Kind == fault.Forbidden {
		return errors.Join(err, c.Google.Revoke(ctx, g.Refresh), c.Store.Delete(ctx, fresh))
	}
	return nil
}

// sealed is the connection that the grant makes, with nothing in it yet.
func (c *Connector) sealed(ctx context.Context, sub string, g Grant) (Connection, error) {
	now := c.Now().UTC()
	n := Connection{Sub: sub, State: Active, Email: g.Email, Account: g.Account, ConnectedAt: now, AccessUntil: g.Until, NextPollAt: now}
	var err error
	if n.Grant, err = random(c.Rand); err != nil {
		return Connection{}, err
	}
	var both errgroup.Group
	both.Go(func() (err error) { n.Refresh, err = c.Vault.Seal(ctx, sub, RefreshToken, g.Refresh); return err })
	both.Go(func() (err error) { n.Access, err = c.Vault.Seal(ctx, sub, AccessToken, g.Access); return err })
	return n, both.Wait()
}

// replace stores the connection in the place of the one that the user had, and
// returns that. What the user had set and skipped goes on, and so does what is
// scheduled, which the first poll holds against the new calendar; a poll or a
// change at the same time is not lost.
func (c *Connector) replace(ctx context.Context, fresh Connection) (old Connection, err error) {
	for range changeTries {
		if old, err = c.Store.Get(ctx, fresh.Sub); err != nil {
			return old, err
		}
		fresh.Settings, fresh.Skips, fresh.Upcoming, fresh.Version = old.Settings, old.Skips, old.Upcoming, old.Version+1
		if err = c.Store.Connect(ctx, fresh); !errors.Is(err, ErrChanged) {
			return old, err
		}
	}
	return old, err
}

// dismiss gives the grant of a former Google account back. One of the same
// account is the new one's too: Google would end both. It may fail: then the
// user sees it in the Google account, and can end it there.
func (c *Connector) dismiss(ctx context.Context, old, fresh Connection) {
	if len(old.Refresh) == 0 || old.Account == fresh.Account {
		return
	}
	refresh, err := c.Vault.Open(ctx, old.Sub, RefreshToken, old.Refresh)
	if err == nil {
		err = c.Google.Revoke(ctx, refresh)
	}
	if err != nil {
		c.Log.WarnContext(ctx, "former grant not revoked", "code", "GRANT_NOT_REVOKED", "sub", old.Sub, "error", err)
	}
}
