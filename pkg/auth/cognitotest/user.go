package cognitotest

import (
	"maps"
	"slices"
	"time"

	"callanalyst/pkg/auth/cognitotest/srp"
)

// The states of a user, as UserStatus names them.
const (
	StatusUnconfirmed         = "UNCONFIRMED"
	StatusConfirmed           = "CONFIRMED"
	StatusForceChangePassword = "FORCE_CHANGE_PASSWORD"
	StatusResetRequired       = "RESET_REQUIRED"
	StatusExternalProvider    = "EXTERNAL_PROVIDER"
)

// user is one entry of the pool. It is a value: the store hands out copies.
type user struct {
	Username   string            `json:"username"`
	Sub        string            `json:"sub"`
	Status     string            `json:"status"`
	Disabled   bool              `json:"disabled,omitempty"`
	Created    time.Time         `json:"created"`
	Modified   time.Time         `json:"modified"`
	Attributes map[string]string `json:"attributes"`

	// Password is nil for users who have none, such as federated ones.
	Password *srp.Verifier `json:"password,omitempty"`
	// TemporaryUntil ends a temporary password; zero for a permanent one.
	TemporaryUntil time.Time `json:"temporary_until,omitzero"`
	// PendingEmail is a new address that waits for its code.
	PendingEmail string `json:"pending_email,omitempty"`

	TOTP       totpDevice           `json:"totp,omitzero"`
	Codes      map[purpose]code     `json:"codes,omitempty"`
	Attempts   map[string]hourCount `json:"attempts,omitempty"`
	Lock       lockout              `json:"lock,omitzero"`
	Identities []identity           `json:"identities,omitempty"`
}

// clone returns a copy that shares nothing with u.
func (u user) clone() user {
	u.Attributes = maps.Clone(u.Attributes)
	u.Codes = maps.Clone(u.Codes)
	u.Attempts = maps.Clone(u.Attempts)
	u.Identities = slices.Clone(u.Identities)
	if u.Password != nil {
		p := *u.Password
		u.Password = &p
	}
	return u
}

func (u user) email() string { return u.Attributes["email"] }

func (u user) emailVerified() bool { return u.Attributes["email_verified"] == "true" }

// native users have an entry of their own in the pool; the others come from a
// provider.
func (u user) native() bool { return u.Status != StatusExternalProvider }

// triggerAttributes are the userAttributes of a trigger event for an existing
// user: all attributes, whatever a client may read.
func (u user) triggerAttributes() map[string]string {
	out := maps.Clone(u.Attributes)
	if out == nil {
		out = map[string]string{}
	}
	out["sub"] = u.Sub
	out["cognito:user_status"] = u.Status
	if _, ok := out["email_verified"]; !ok && out["email"] != "" {
		out["email_verified"] = "false"
	}
	return out
}
