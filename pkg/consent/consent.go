// Package consent is what people agreed to: the terms of service, and the
// cookies. It holds the gate in front of a sign-up, the gate in front of every
// endpoint, and the evidence: who accepted which version, through which client,
// and when by the server's clock.
//
// A sign-up has no user yet, so its acceptance waits under the user name that
// Cognito has chosen. Confirmation turns it into records under the user's sub.
package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"callanalyst/pkg/fault"
)

// The refusals. The first two reach a browser through Cognito, as text:
// "PreSignUp failed with error TOS_NOT_ACCEPTED."
var (
	// ErrNotAccepted reports a sign-up that accepts nothing: no yes, or a yes to
	// no version.
	ErrNotAccepted = fault.New(fault.Forbidden, "TOS_NOT_ACCEPTED",
		"The terms were not accepted. Accept them to sign up.")
	// ErrStale reports a sign-up that accepts a version which is not in force.
	ErrStale = fault.New(fault.Forbidden, "TOS_VERSION_STALE",
		"The terms have changed. Read and accept the current ones to sign up.")
	// ErrRequired reports a user who has not accepted the terms in force.
	ErrRequired = fault.New(fault.Forbidden, "TOS_REQUIRED",
		"Accept the current terms to go on.")
	// ErrUnavailable reports that an acceptance could not be read or written.
	// Nobody is let through without one.
	ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE",
		"What you agreed to cannot be recorded right now. Try again in a few seconds.").After(2 * time.Second)
)

// Acceptance is one person's agreement to one version of the terms, to cookies,
// or to both.
type Acceptance struct {
	Version  string    // of the terms: the ISO date they are in force from; "" for cookies alone
	At       time.Time // by the server's clock, to the millisecond
	ClientID string    // the app client that brought it; a claim of that client
	Agent    string    // AgentHash of the browser; "" where it is not known
	Source   Source
	Cookies  *Cookies // nil if the person was not asked
}

// Source is the way by which an acceptance came.
type Source string

// The sources of an acceptance.
const (
	SignUp   Source = "sign-up"   // a sign-up through the user pool, before its confirmation
	SignedIn Source = "signed-in" // a signed-in user, who has a token
)

// Cookies is a choice about cookies that are not needed to run the site. It is
// what the client says the person chose.
type Cookies struct {
	Analytics bool `json:"analytics"`
	Marketing bool `json:"marketing"`
}

// AgentHash is what evidence holds of a browser: the hex SHA-256 of its
// User-Agent, "" of none. It can be compared with a browser, and tells nothing by
// itself.
func AgentHash(userAgent string) string {
	if userAgent == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(userAgent))
	return hex.EncodeToString(sum[:])
}
