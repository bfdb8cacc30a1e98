package google

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"callanalyst/pkg/calendar"
)

// margin is what an access token must still last, to be used.
const margin = 2 * time.Minute

// Tokens gives access tokens for connections. One is good for an hour and is
// kept, sealed, in the connection's row: to ask Google each time would be thirty
// times the calls. It is safe for concurrent use.
type Tokens struct {
	OAuth interface {
		Refresh(ctx context.Context, refresh string) (access string, until time.Time, err error)
	}
	Vault interface {
		Seal(ctx context.Context, sub string, p calendar.Purpose, token string) ([]byte, error)
		Open(ctx context.Context, sub string, p calendar.Purpose, sealed []byte) (string, error)
	}
	Store interface {
		KeepAccess(ctx context.Context, c calendar.Connection, sealed []byte, until time.Time) error
	}
	Log *slog.Logger
	Now func() time.Time
}

// Token returns an access token for c that lasts for two minutes at least. It is
// calendar.ErrRevoked when Google no longer honours the connection, and
// calendar.ErrChanged when its user has replaced or ended it meanwhile.
func (t *Tokens) Token(ctx context.Context, c calendar.Connection) (string, error) {
	if len(c.Access) > 0 && c.AccessUntil.After(t.Now().Add(margin)) {
		access, err := t.Vault.Open(ctx, c.Sub, calendar.AccessToken, c.Access)
		if err == nil || !errors.Is(err, calendar.ErrSealed) {
			return access, err
		}
	}
	return t.Renew(ctx, c)
}

// Renew fetches a new access token for c, also while the kept one should still be
// good: Google has refused it.
func (t *Tokens) Renew(ctx context.Context, c calendar.Connection) (string, error) {
	refresh, err := t.Vault.Open(ctx, c.Sub, calendar.RefreshToken, c.Refresh)
	if errors.Is(err, calendar.ErrSealed) {
		return "", calendar.ErrRevoked.With(err) // as good as gone: only a new consent helps
	}
	if err != nil {
		return "", err
	}
	access, until, err := t.OAuth.Refresh(ctx, refresh)
	if err != nil {
		return "", err
	}
	return access, t.keep(ctx, c, access, until)
}

// keep stores the token. When that fails the token is good all the same, unless
// the connection is not the one it is for.
func (t *Tokens) keep(ctx context.Context, c calendar.Connection, access string, until time.Time) error {
	sealed, err := t.Vault.Seal(ctx, c.Sub, calendar.AccessToken, access)
	if err == nil {
		err = t.Store.KeepAccess(ctx, c, sealed, until)
	}
	if errors.Is(err, calendar.ErrChanged) {
		return err
	}
	if err != nil {
		t.Log.WarnContext(ctx, "access token not kept", "code", "TOKEN_NOT_KEPT", "sub", c.Sub, "error", err)
	}
	return nil
}
