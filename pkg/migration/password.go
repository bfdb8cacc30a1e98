package migration

import "strings"

// The pool's password policy. A password that comes over from the old system is
// not held against it by Cognito, so it is here.
const (
	passwordMin = 12
	symbols     = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "
)

// Strong reports whether the pool would take the password at a sign-up.
func Strong(password string) bool {
	return len(password) >= passwordMin && len(password) <= 256 && strings.TrimSpace(password) == password &&
		strings.ContainsAny(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
		strings.ContainsAny(password, "abcdefghijklmnopqrstuvwxyz") &&
		strings.ContainsAny(password, "0123456789") &&
		strings.ContainsAny(password, symbols)
}
