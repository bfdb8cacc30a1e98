package backfill

import (
	"context"
	"fmt"
	"strconv"

	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/profile"
)

// Snapshot is the job "users": everybody in the old system gets a row in
// legacy_users, so that sign-ups respect them and forgotten passwords find them.
// The old system counts its pages from the newest user on, so users who are
// deleted meanwhile move others to pages that were read: the report's total tells
// whether a second run is due.
type Snapshot struct {
	Supabase interface {
		Users(ctx context.Context, page int) (users []supabase.User, total int, err error)
	}
	Rows interface {
		Get(ctx context.Context, email string) (migration.Legacy, error)
		Remember(ctx context.Context, email string, l migration.Legacy) (fresh bool, err error)
	}
}

// Page implements Job. The cursor is the number of the next page.
func (s Snapshot) Page(ctx context.Context, cursor string, dry bool) (Page, error) {
	n := 1
	if cursor != "" {
		var err error
		if n, err = strconv.Atoi(cursor); err != nil || n < 1 {
			return Page{}, ErrCursor.With(fmt.Errorf("backfill: cursor of users is %q", cursor))
		}
	}
	users, total, err := s.Supabase.Users(ctx, n)
	if err != nil {
		return Page{}, fmt.Errorf("backfill: %w", err)
	}
	out, err := each(ctx, users, func(ctx context.Context, u supabase.User) (Outcome, error) { return s.remember(ctx, u, dry) })
	if err != nil {
		return Page{}, fmt.Errorf("backfill: page %d of users: %w", n, err)
	}
	return Page{Next: strconv.Itoa(n + 1), Done: len(users) == 0, Total: total, Outcomes: out}, nil
}

func (s Snapshot) remember(ctx context.Context, u supabase.User, dry bool) (Outcome, error) {
	if u.Email == "" || u.ID == "" || u.Anonymous {
		return Outcome{ID: u.ID, What: "skipped_no_email"}, nil
	}
	l := migration.Legacy{ID: u.ID, Name: profile.FromAttributes(map[string]string{"name": u.Name()}).Name, Confirmed: u.Proven(), BannedUntil: u.BannedUntil}
	if dry {
		known, err := s.Rows.Get(ctx, u.Email)
		return written(u.ID, known.ID == ""), err
	}
	fresh, err := s.Rows.Remember(ctx, u.Email, l)
	return written(u.ID, fresh), err
}

func written(id string, fresh bool) Outcome {
	if fresh {
		return Outcome{ID: id, What: "created"}
	}
	return Outcome{ID: id, What: "there"}
}
