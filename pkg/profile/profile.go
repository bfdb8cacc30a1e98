// Package profile is who users are: the row that a person may edit, in the
// table profiles. Cognito authenticates people and keeps what their provider
// said of them; everything an app shows or lets them change lives here, the same
// way for e-mail, Google and Apple sign-in.
//
// A profile is made when a user is confirmed. Whoever has none, for whatever
// reason, gets one from Cognito's attributes at the first read.
package profile

import (
	"encoding/json"
	"time"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// Source says where an answered profile was read.
type Source string

// The sources of a profile. FromCognito is said once in a user's life, by the
// read that makes the row.
const (
	FromDynamoDB Source = "dynamodb"
	FromCognito  Source = "cognito"
)

// Profile is one user, as the user may see it. Its JSON is the answer of the
// endpoint /api/profile.
type Profile struct {
	Sub         string          `json:"sub"`
	Email       string          `json:"email"`       // lower case; "" where the provider told none
	Name        string          `json:"name"`        // "" where nobody told it
	AvatarURL   string          `json:"avatar_url"`  // https, or ""
	Preferences json.RawMessage `json:"preferences"` // one JSON object
	Custom      json.RawMessage `json:"custom"`      // one JSON object
	Version     int64           `json:"version"`     // grows with each change; 0 while there is no row
	Source      Source          `json:"source"`
}

// Account is what one round trip tells about a user: the profile, and the row of
// entitlements that every endpoint asks for.
type Account struct {
	Profile     Profile // its Version is 0 when there is no row
	Entitlement entitlement.Row
}

var (
	// ErrNoUser reports a token that outlived its user.
	ErrNoUser = fault.New(fault.Unauthenticated, "TOKEN_INVALID",
		"This account no longer exists. Sign in with another one, or sign up again.")
	// ErrUnavailable reports that DynamoDB or Cognito did not do its part.
	ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE",
		"Your profile cannot be read right now. Try again in a few seconds.").After(2 * time.Second)
)
