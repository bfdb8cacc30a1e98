package calendar

import (
	"context"
	"errors"
	"log/slog"
)

// Leaver ends connections for their users. It is safe for concurrent use.
type Leaver struct {
	Store  Store
	Vault  Vault
	Google interface {
		// Revoke gives a grant back; one that is gone already is no error.
		Revoke(ctx context.Context, refresh string) error
	}
	Bots Bots
	Log  *slog.Logger
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
	c, err = l.Store.Retire(ctx, c, Ending)
	if err != nil {
		return err
	}
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
