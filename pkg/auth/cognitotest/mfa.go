package cognitotest

import "context"

// totpSetting is how the API names the authenticator app.
const totpSetting = "SOFTWARE_TOKEN_MFA"

func (u user) mfaSettings() []string {
	if !u.TOTP.Enabled {
		return nil
	}
	return []string{totpSetting}
}

func (u user) preferredMFA() string {
	if !u.TOTP.Enabled || !u.TOTP.Preferred {
		return ""
	}
	return totpSetting
}

type mfaPreference struct{ Enabled, PreferredMfa bool }

type mfaPreferenceRequest struct {
	AccessToken              string
	SMSMfaSettings           *mfaPreference
	SoftwareTokenMfaSettings *mfaPreference
}

// setUserMFAPreference turns the code at sign-in on or off. The pool knows no
// text messages.
func (s *Server) setUserMFAPreference(_ context.Context, in mfaPreferenceRequest) (any, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	if p := in.SMSMfaSettings; p != nil && (p.Enabled || p.PreferredMfa) {
		return nil, errParameter("User does not have delivery config set to turn on SMS_MFA")
	}
	_, err = s.users.update(u.Username, func(u *user) error { return u.setTOTP(in.SoftwareTokenMfaSettings) })
	return struct{}{}, err
}

func (u *user) setTOTP(p *mfaPreference) error {
	switch {
	case p == nil:
		return nil
	case p.Enabled && u.TOTP.Secret == "":
		return errParameter("User has not verified software token mfa")
	case p.PreferredMfa && !p.Enabled:
		return errParameter("SOFTWARE_TOKEN_MFA cannot be preferred while it is not enabled")
	}
	u.TOTP.Enabled, u.TOTP.Preferred = p.Enabled, p.PreferredMfa
	return nil
}
