package consent

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Current is the version of the terms that is in force unless the configuration
// names another.
const Current = "2026-06-01"

// ErrVersion reports a version of the terms that is not an ISO date.
var ErrVersion = errors.New("consent: a version of the terms must be a date like 2026-06-01")

// Policy says which terms a sign-up may accept. The zero value accepts none.
type Policy struct {
	versions []string
}

// NewPolicy returns the policy of the version that users must have accepted and
// of further ones that a sign-up may name instead, such as the next version
// while the site changes over.
func NewPolicy(required string, others ...string) (Policy, error) {
	versions := append([]string{required}, others...)
	for _, v := range versions {
		if !isDate(v) {
			return Policy{}, fmt.Errorf("%w, not %q", ErrVersion, v)
		}
	}
	return Policy{versions: versions}, nil
}

// Accept reads what the client of a sign-up says the person accepted:
// tos_accepted and tos_version, and cookie_analytics and cookie_marketing where
// it asked. It returns ErrNotAccepted or ErrStale unless that will do. The
// result has neither a time nor a client yet.
func (p Policy) Accept(metadata map[string]string) (Acceptance, error) {
	version := metadata["tos_version"]
	switch {
	case metadata["tos_accepted"] != "true", version == "":
		return Acceptance{}, ErrNotAccepted
	case !p.Allows(version):
		return Acceptance{}, ErrStale
	}
	return Acceptance{Version: version, Source: SignUp, Cookies: cookies(metadata)}, nil
}

// Allows reports whether terms of that version may be accepted.
func (p Policy) Allows(version string) bool { return slices.Contains(p.versions, version) }

// cookies returns the choice in metadata, nil if there is none. Whatever is not
// a plain yes is a no.
func cookies(metadata map[string]string) *Cookies {
	analytics, marketing := metadata["cookie_analytics"], metadata["cookie_marketing"]
	if !isAnswer(analytics) && !isAnswer(marketing) {
		return nil
	}
	return &Cookies{Analytics: analytics == "true", Marketing: marketing == "true"}
}

func isAnswer(s string) bool { return s == "true" || s == "false" }

// Required is the oldest version of the terms that still lets a user in. The
// zero value, and one that is not a date, lets nobody in.
type Required string

// Check returns nil for a user who accepted r or a later version, and
// ErrRequired for everybody else. accepted is tos_version of the user's row in
// the table entitlements. Versions are ISO dates, which compare as text.
func (r Required) Check(accepted string) error {
	if isDate(string(r)) && isDate(accepted) && accepted >= string(r) {
		return nil
	}
	return ErrRequired.Because("Accept the terms of %s to go on.", string(r))
}

// isDate reports whether s is a calendar date in ISO form.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
