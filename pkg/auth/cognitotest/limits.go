package cognitotest

import "time"

// Limits of one user per hour, from Cognito's quotas; where Cognito gives a range
// that depends on risk, its lower end.
const (
	limitForgot       = 5
	limitConfirmReset = 5
	limitChange       = 5
	limitResend       = 5
	limitConfirm      = 15
	limitSendVerify   = 5
	limitVerify       = 15
)

// hourCount counts attempts since Start.
type hourCount struct {
	Start time.Time `json:"start"`
	N     int       `json:"n"`
}

// attempt counts one try of what and refuses those beyond limit within an hour.
func (u *user) attempt(now time.Time, what string, limit int) error {
	c := u.Attempts[what]
	if now.Sub(c.Start) >= time.Hour {
		c = hourCount{Start: now}
	}
	if c.N >= limit {
		return errLimit()
	}
	c.N++
	if u.Attempts == nil {
		u.Attempts = map[string]hourCount{}
	}
	u.Attempts[what] = c
	return nil
}

// Failed sign-ins: the fifth and each one after it lock the user for twice as
// long as the one before, up to lockMax. lockForget without a failure after the
// lock's end clears it.
const (
	freeFailures = 5
	lockMax      = 15 * time.Minute
	lockForget   = 15 * time.Minute
)

// lockout is a user's record of failed sign-ins.
type lockout struct {
	Failures int       `json:"failures"`
	Last     time.Time `json:"last"`
	Until    time.Time `json:"until"`
}

// check refuses a sign-in while the user is locked out.
func (l lockout) check(now time.Time) error {
	if now.Before(l.Until) {
		return errNotAuthorized("Password attempts exceeded")
	}
	return nil
}

// failed records a wrong password.
func (l *lockout) failed(now time.Time) {
	if now.Sub(l.Last) >= lockForget && now.Sub(l.Until) >= lockForget {
		*l = lockout{}
	}
	l.Failures++
	l.Last = now
	if over := l.Failures - freeFailures; over >= 0 {
		l.Until = now.Add(min(time.Second<<min(over, 30), lockMax))
	}
}
