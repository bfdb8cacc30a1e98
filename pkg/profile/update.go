package profile

import (
	"bytes"
	"context"
	"strings"
	"time"

	"callanalyst/pkg/fault"
)

var (
	// ErrVersion reports a change of a profile that is no longer the newest.
	ErrVersion = fault.New(fault.Stale, "VERSION_MISMATCH",
		"The profile has changed since you read it. Read it again, then repeat your change.")
	// ErrBusy reports a profile that others changed during each attempt.
	ErrBusy = fault.New(fault.Conflict, "CONFLICT",
		"The profile is being changed from several places at once. Try again.").After(time.Second)
)

// maxRounds bounds how often a change begins anew because another was faster.
const maxRounds = 5

// Updater changes a user's own profile. It never writes to Cognito: what is in
// the pool stays what the person proved or a provider told. It is safe for
// concurrent use.
type Updater struct {
	Rows interface {
		Account(ctx context.Context, sub string) (Account, error)
		Create(ctx context.Context, p Profile) (stored Profile, created bool, err error)
	}
	Edits interface {
		// Replace stores next over seen, unless seen is no longer the newest.
		Replace(ctx context.Context, seen, next Profile) (ok bool, err error)
	}
	Users interface {
		Get(ctx context.Context, p Person) (Profile, error)
	}
	// Terms is the gate: nil for accepted terms that are current, TOS_REQUIRED
	// otherwise.
	Terms interface{ Check(accepted string) error }
}

// Update applies the change to the newest profile of p and returns what it is
// then. With the values of If-Match it is ErrVersion unless one of them stands
// for the newest; without, the change is applied to whatever is newest. A change
// that changes nothing writes nothing and keeps the version.
func (u *Updater) Update(ctx context.Context, p Person, ifMatch []string, change Patch) (Profile, error) {
	for range maxRounds {
		seen, err := u.read(ctx, p)
		if err != nil {
			return Profile{}, err
		}
		if !seen.matches(ifMatch) {
			return Profile{}, ErrVersion
		}
		next, err := change.Apply(seen)
		if err != nil {
			return Profile{}, err
		}
		stored, ok, err := u.store(ctx, seen, next)
		if err != nil || ok {
			return stored, err
		}
	}
	return Profile{}, ErrBusy
}

// read returns the profile as it is, from Cognito's attributes where there is no
// row. Its version is 0 then.
func (u *Updater) read(ctx context.Context, p Person) (Profile, error) {
	a, err := u.Rows.Account(ctx, p.Sub)
	if err != nil {
		return Profile{}, err
	}
	if err := a.Entitlement.Admit(u.Terms); err != nil {
		return Profile{}, err
	}
	if a.Profile.Version > 0 {
		return a.Profile, nil
	}
	return u.Users.Get(ctx, p)
}

// store writes next in one conditional write. It reports false when another
// write came first.
func (u *Updater) store(ctx context.Context, seen, next Profile) (stored Profile, ok bool, err error) {
	if seen.Version == 0 {
		return u.Rows.Create(ctx, next)
	}
	if next.sameAs(seen) {
		return seen, true, nil
	}
	next.Version = seen.Version + 1
	ok, err = u.Edits.Replace(ctx, seen, next)
	return next, ok, err
}

// sameAs reports whether two profiles of one user say the same.
func (p Profile) sameAs(o Profile) bool {
	return p.Name == o.Name && p.AvatarURL == o.AvatarURL &&
		bytes.Equal(p.Preferences, o.Preferences) && bytes.Equal(p.Custom, o.Custom)
}

// matches reports whether a request with these If-Match values is about p as it
// is. No value at all matches everything; a tag that cannot be read, nothing.
func (p Profile) matches(ifMatch []string) bool {
	if len(ifMatch) == 0 {
		return true
	}
	for _, line := range ifMatch {
		for tag := range strings.SplitSeq(line, ",") {
			version, ok := ParseETag(tag)
			if ok && version == p.Version || strings.TrimSpace(tag) == "*" {
				return true
			}
		}
	}
	return false
}
