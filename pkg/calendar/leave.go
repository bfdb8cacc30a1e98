package calendar

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Leaver ends connections for their users. It is safe for concurrent use.
type Leaver struct {
	Store  Store
	Vault  Vault
	Google interface {
		// Revoke gives a grant back; one that is gone already is no error.
		Revoke(ctx context.Context, refresh string) error
	}
	// Channels ends what Google tells us of changes.
	Channels interface {
		Stop(ctx context.Context, access, id, resource string) error
	}
	Bots Bots
	Log  *slog.Logger
	Now  func() time.Time
}

// Revoke ends the user's connection: polls end first, then its bots are called
// off, the grant is given back to Google, and the row goes last. After a failure
// it can be asked again, and goes on. Without a connection there is nothing to
// do.
func (l *Leaver) Revoke(ctx context.Context, sub string) error {
	c, err := l.Store.Get(ctx, sub)
	if err != nil || c.State == None {
		return err
	}
	was := c
	c, err = l.Store.Retire(ctx, c, Ending)
	if err != nil {
		return err
	}
	l.silence(ctx, was)
	if err := withdraw(ctx, l.Bots, c); err != nil {
		return err
	}
	if err := l.giveBack(ctx, c); err != nil {
		return err
	}
	if err := l.Store.Delete(ctx, c); err != nil {
		return err
	}
	l.Log.InfoContext(ctx, "calendar disconnected", "sub", sub)
	return nil
}

// silence stops the channel, as far as the access token in the row still serves:
// to fetch another one is not worth it. It may fail: nobody listens to the channel
// any more, and it ends by itself within a week.
func (l *Leaver) silence(ctx context.Context, c Connection) {
	if !c.Channel.Live(l.Now()) || !c.AccessUntil.After(l.Now()) {
		return
	}
	access, err := l.Vault.Open(ctx, c.Sub, AccessToken, c.Access)
	if err == nil {
		err = l.Channels.Stop(ctx, access, c.Channel.ID, c.Channel.Resource)
	}
	if err != nil {
		l.Log.WarnContext(ctx, "channel not stopped", "code", "CHANNEL_NOT_STOPPED", "sub", c.Sub, "error", err)
	}
}

// giveBack revokes the grant. A token that cannot be opened cannot be revoked
// either, and the user still gets rid of the connection.
func (l *Leaver) giveBack(ctx context.Context, c Connection) error {
	if len(c.Refresh) == 0 {
		return nil
	}
	refresh, err := l.Vault.Open(ctx, c.Sub, RefreshToken, c.Refresh)
	if errors.Is(err, ErrSealed) {
		l.Log.ErrorContext(ctx, "grant not revoked", "code", "GRANT_NOT_REVOKED", "sub", c.Sub, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	return l.Google.Revoke(ctx, refresh)
}
