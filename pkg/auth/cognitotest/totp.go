package cognitotest

import (
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// totpDevice is a user's authenticator app.
type totpDevice struct {
	// Pending is a secret that no code has proved yet.
	Pending string `json:"pending,omitempty"`
	// Secret is the proved one, in base32 without padding.
	Secret string `json:"secret,omitempty"`
	// Enabled asks for a code at sign-in; Preferred is what the user chose.
	Enabled   bool `json:"enabled,omitempty"`
	Preferred bool `json:"preferred,omitempty"`
	// LastStep is the time step of the last code that was accepted: no code of it
	// or before it works again.
	LastStep int64 `json:"last_step,omitempty"`
}

// totpPeriod is the length of a time step, in seconds; totpSkew is how many steps
// a phone's clock may be off.
const (
	totpPeriod = 30
	totpSkew   = 1
	totpSecret = 32
)

// step returns the time step whose code this is, near now.
func (d totpDevice) step(secret, code string, now time.Time) (int64, bool) {
	opts := totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	for _, skew := range []int64{0, -totpSkew, totpSkew} {
		at := now.Add(time.Duration(skew) * totpPeriod * time.Second)
		if ok, err := totp.ValidateCustom(strings.TrimSpace(code), secret, at, opts); err == nil && ok {
			return at.Unix() / totpPeriod, true
		}
	}
	return 0, false
}

// askTOTP asks for the code of the user's app.
func (s *Server) askTOTP(u user) (any, error) {
	return s.ask(u, challengeTOTP, map[string]string{"FRIENDLY_DEVICE_NAME": "Authenticator app"})
}

// answerTOTP takes the code. A wrong one leaves the session open for another try.
func (s *Server) answerTOTP(in respondRequest) (any, error) {
	u, err := s.session(in)
	if err != nil {
		return nil, err
	}
	plain, err := parameter(in.ChallengeResponses, "SOFTWARE_TOKEN_MFA_CODE")
	if err != nil {
		return nil, err
	}
	u, err = s.users.update(u.Username, func(u *user) error { return s.spendTOTP(u, plain) })
	if err != nil {
		return nil, err
	}
	if err := s.spend(in.Session); err != nil {
		return nil, err
	}
	return s.finish(u)
}

func (s *Server) spendTOTP(u *user, plain string) error {
	step, ok := u.TOTP.step(u.TOTP.Secret, plain, s.now())
	if !ok {
		return fail("CodeMismatchException", "Invalid code received for user")
	}
	if step <= u.TOTP.LastStep {
		return fail("ExpiredCodeException", "Your software token has already been used once.")
	}
	u.TOTP.LastStep = step
	return nil
}
