// Package migration brings the users of the old system, Supabase, over: without
// a password reset, one by one as they sign in, and with what they paid for.
//
// Three things happen, in this order. A snapshot puts everybody who may come
// into the table legacy_users, under a hash of the address. Then people come:
// by their old password (Door.SignIn), by a forgotten one (Door.Forgotten), or
// by Google or Apple. And at the first use by the new user, Claims gives the
// row, with the Stripe customer in it, to exactly one user of the pool, whose
// address Cognito vouches for.
package migration

import (
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"strings"
	"time"

	"callanalyst/pkg/fault"
)

// What a sign-in of a legacy user ends in, besides a user or a wrong password.
// Cognito hands the code to the client inside its own message.
var (
	// ErrUnconfirmed reports the right password of an address that was never
	// confirmed in the old system, so it may be anybody's.
	ErrUnconfirmed = fault.New(fault.Forbidden, "LEGACY_UNCONFIRMED",
		"This address was never confirmed in the old app. Sign up with it.")
	// ErrBusy reports that the old system limits sign-ins right now.
	ErrBusy = fault.New(fault.Unavailable, "LEGACY_BUSY",
		"Very many people are signing in. Try again in a minute; your password was not refused.").After(time.Minute)
	// ErrUnavailable reports that the old system, or our own tables, did not do
	// their part. Nobody is created.
	ErrUnavailable = fault.New(fault.Unavailable, "LEGACY_UNAVAILABLE",
		"We cannot check your password right now. Try again in a few seconds; it was not refused.").After(5 * time.Second)
	// ErrSetup is ErrUnavailable to the person, and work for an operator: the old
	// system refuses our key or asks for a captcha.
	ErrSetup = fault.New(fault.Unavailable, "LEGACY_SETUP",
		"We cannot check your password right now. We know about it; try again later.")
	// ErrUseSignIn reports a sign-up with an address whose owner is a user of the
	// old system: they have a password, or Google, already.
	ErrUseSignIn = fault.New(fault.Conflict, "USE_SIGN_IN",
		"You have an account already. Sign in with the password you always used, or reset it.")
)

// Hash returns what the table legacy_users knows an address by: SHA-256 in hex
// of the address in lower case. The table holds no address.
func Hash(email string) string {
	sum := sha256.Sum256([]byte(Address(email)))
	return hex.EncodeToString(sum[:])
}

// Address returns the address as it is compared: in lower case, without spaces
// around it.
func Address(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// isAddress keeps user names away from Supabase that cannot be an address.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254
}
