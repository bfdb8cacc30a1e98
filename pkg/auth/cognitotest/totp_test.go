package cognitotest_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// enrolled confirms a user and enrols an app; it returns the app's secret.
func (p *pool) enrolled(t *testing.T, address string) string {
	t.Helper()
	p.confirmed(t, address)
	access := p.login(t, address, password).AccessToken
	out, err := p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: access})
	ok(t, "AssociateSoftwareToken", err)
	_, err = p.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{AccessToken: access, UserCode: appCode(t, *out.SecretCode, p.clock.now())})
	ok(t, "VerifySoftwareToken", err)
	ok(t, "SetUserMFAPreference", p.prefer(t, access, true, true))
	p.clock.advance(30 * time.Second)
	return *out.SecretCode
}

func (p *pool) prefer(t *testing.T, access *string, enabled, preferred bool) error {
	t.Helper()
	_, err := p.SetUserMFAPreference(t.Context(), &cip.SetUserMFAPreferenceInput{
		AccessToken: access, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: enabled, PreferredMfa: preferred},
	})
	return err
}

// askApp signs in with the password up to the question for the code.
func (p *pool) askApp(t *testing.T) *string {
	t.Helper()
	out, err := p.tryPassword(t.Context(), email, password)
	ok(t, "InitiateAuth", err)
	if out.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa || out.AuthenticationResult != nil {
		t.Fatalf("challenge = %q with tokens %v, want SOFTWARE_TOKEN_MFA and none", out.ChallengeName, out.AuthenticationResult)
	}
	return out.Session
}

func (p *pool) answerApp(t *testing.T, session, code *string) error {
	t.Helper()
	_, err := p.respond(t, types.ChallengeNameTypeSoftwareTokenMfa, session, map[string]string{"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": *code})
	return err
}

func TestAppSignIn(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	if len(secret) != 52 {
		t.Errorf("secret has %d characters, want 52", len(secret))
	}
	session := p.askApp(t)
	code := appCode(t, secret, p.clock.now())
	wantError(t, "a wrong code", p.answerApp(t, session, aws.String(wrong(*code))), "CodeMismatchException", "Invalid code received for user")
	ok(t, "the right code in the same session", p.answerApp(t, session, code))
	wantError(t, "the session again", p.answerApp(t, session, code), "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	wantError(t, "the code again", p.answerApp(t, p.askApp(t), code), "ExpiredCodeException", "Your software token has already been used once.")
	early := appCode(t, secret, p.clock.now().Add(-30*time.Second))
	wantError(t, "the code before it", p.answerApp(t, p.askApp(t), early), "ExpiredCodeException", "Your software token has already been used once.")
	p.clock.advance(30 * time.Second)
	ok(t, "the next code", p.answerApp(t, p.askApp(t), appCode(t, secret, p.clock.now())))
}

func TestAppSignInAfterSRP(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	out, err := p.trySRP(t, email, password)
	ok(t, "SRP sign-in", err)
	if out.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa {
		t.Fatalf("challenge = %q, want SOFTWARE_TOKEN_MFA", out.ChallengeName)
	}
	ok(t, "the code", p.answerApp(t, out.Session, appCode(t, secret, p.clock.now())))
}

func TestAppClockSkew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		off  time.Duration
		good bool
	}{
		{name: "a phone half a minute ahead", off: 30 * time.Second, good: true},
		{name: "a phone half a minute behind", off: -30 * time.Second, good: true},
		{name: "a phone a minute ahead", off: time.Minute},
		{name: "a phone a minute behind", off: -time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			secret := p.enrolled(t, email)
			p.clock.advance(5 * time.Minute)
			err := p.answerApp(t, p.askApp(t), appCode(t, secret, p.clock.now().Add(tt.off)))
			if tt.good {
				ok(t, tt.name, err)
				return
			}
			wantError(t, tt.name, err, "CodeMismatchException", "Invalid code received for user")
		})
	}
}

func TestAppCodeRace(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	code := appCode(t, secret, p.clock.now())
	sessions := []*string{p.askApp(t), p.askApp(t), p.askApp(t), p.askApp(t)}
	var wg sync.WaitGroup
	won := make(chan bool, len(sessions))
	for _, session := range sessions {
		wg.Go(func() {
			_, err := p.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
				ClientId: aws.String(clientID), ChallengeName: types.ChallengeNameTypeSoftwareTokenMfa, Session: session,
				ChallengeResponses: map[string]string{"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": *code},
			})
			if err == nil {
				won <- true
			}
		})
	}
	wg.Wait()
	if n := len(won); n != 1 {
		t.Errorf("one code signed in %d times, want once", n)
	}
}

func TestSessionRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	p.confirmed(t, "bob@example.com")
	code := *appCode(t, secret, p.clock.now())
	session := p.askApp(t)
	tests := []struct {
		name          string
		challenge     types.ChallengeNameType
		session       *string
		responses     map[string]string
		code, message string
	}{
		{name: "no session", responses: map[string]string{"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": code}, code: "NotAuthorizedException", message: "Invalid session for the user."},
		{name: "another challenge's session", challenge: "NEW_PASSWORD_REQUIRED", session: session, responses: map[string]string{"USERNAME": email, "NEW_PASSWORD": password}, code: "NotAuthorizedException", message: "Invalid session for the user."},
		{name: "another user's session", session: session, responses: map[string]string{"USERNAME": "bob@example.com", "SOFTWARE_TOKEN_MFA_CODE": code}, code: "NotAuthorizedException", message: "Invalid session for the user."},
		{name: "no user name", session: session, responses: map[string]string{"SOFTWARE_TOKEN_MFA_CODE": code}, code: "InvalidParameterException", message: "Missing required parameter USERNAME"},
		{name: "no code", session: session, responses: map[string]string{"USERNAME": email}, code: "InvalidParameterException", message: "Missing required parameter SOFTWARE_TOKEN_MFA_CODE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.challenge == "" {
				tt.challenge = types.ChallengeNameTypeSoftwareTokenMfa
			}
			_, err := p.respond(t, tt.challenge, tt.session, tt.responses)
			wantError(t, tt.name, err, tt.code, tt.message)
		})
	}
	p.clock.advance(3*time.Minute + time.Second)
	wantError(t, "a late answer", p.answerApp(t, session, &code), "NotAuthorizedException", "Invalid session for the user, session is expired.")
}

func TestDisabledUserDoesNotFinish(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	session := p.askApp(t)
	p.disable(t, email)
	wantError(t, "the code", p.answerApp(t, session, appCode(t, secret, p.clock.now())), "NotAuthorizedException", "User is disabled.")
}

func TestEnrolment(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	access := p.login(t, email, password).AccessToken
	verify := func(code *string) error {
		_, err := p.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{AccessToken: access, UserCode: code})
		return err
	}
	wantError(t, "verifying before associating", verify(aws.String("123456")), "InvalidParameterException", "Software token has not been associated for the user.")
	wantError(t, "preferring before verifying", p.prefer(t, access, true, true), "InvalidParameterException", "User has not verified software token mfa")
	out, err := p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: access})
	ok(t, "AssociateSoftwareToken", err)
	code := appCode(t, *out.SecretCode, p.clock.now())
	wantError(t, "a wrong code", verify(aws.String(wrong(*code))), "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
	ok(t, "the right code", verify(code))
	p.login(t, email, password) // verified is not yet asked for
	wantError(t, "preferred but off", p.prefer(t, access, false, true), "InvalidParameterException", "SOFTWARE_TOKEN_MFA cannot be preferred while it is not enabled")
	ok(t, "SetUserMFAPreference", p.prefer(t, access, true, false))
	user, err := p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: access})
	ok(t, "GetUser", err)
	if len(user.UserMFASettingList) != 1 || user.UserMFASettingList[0] != "SOFTWARE_TOKEN_MFA" || user.PreferredMfaSetting != nil {
		t.Errorf("settings = %v, preferred %v, want SOFTWARE_TOKEN_MFA and none", user.UserMFASettingList, user.PreferredMfaSetting)
	}
	wantError(t, "the enrolment's code at sign-in", p.answerApp(t, p.askApp(t), code), "ExpiredCodeException", "Your software token has already been used once.")
	ok(t, "SetUserMFAPreference off", p.prefer(t, access, false, false))
	p.login(t, email, password)
}

func TestOldAppWorksUntilTheNewOneIsVerified(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	secret := p.enrolled(t, email)
	out, err := p.respond(t, types.ChallengeNameTypeSoftwareTokenMfa, p.askApp(t), map[string]string{"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": *appCode(t, secret, p.clock.now())})
	ok(t, "sign-in", err)
	_, err = p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: out.AuthenticationResult.AccessToken})
	ok(t, "AssociateSoftwareToken", err)
	p.clock.advance(30 * time.Second)
	ok(t, "the old app's code", p.answerApp(t, p.askApp(t), appCode(t, secret, p.clock.now())))
}

func TestTextMessagesAreNotAFactor(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	_, err := p.SetUserMFAPreference(t.Context(), &cip.SetUserMFAPreferenceInput{
		AccessToken: p.login(t, email, password).AccessToken, SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true},
	})
	wantError(t, "SMS", err, "InvalidParameterException", "User does not have delivery config set to turn on SMS_MFA")
}

// A session of the question for the code must not enrol another app: a password
// alone would do then.
func TestEnrolmentByTheWrongSession(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.enrolled(t, email)
	session := p.askApp(t)
	_, err := p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: session})
	wantError(t, "AssociateSoftwareToken", err, "NotAuthorizedException", "Invalid session for the user.")
	_, err = p.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: session, UserCode: aws.String("123456")})
	wantError(t, "VerifySoftwareToken", err, "NotAuthorizedException", "Invalid session for the user.")
	_, err = p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: aws.String("12345678901234567890")})
	wantError(t, "an unknown session", err, "NotAuthorizedException", "Invalid session for the user.")
}

func TestRequiredApp(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *configuration) { c.RequireMFA = true })
	p.confirmed(t, email)
	out, err := p.tryPassword(t.Context(), email, password)
	ok(t, "InitiateAuth", err)
	if out.ChallengeName != types.ChallengeNameTypeMfaSetup || out.ChallengeParameters["MFAS_CAN_SETUP"] != `["SOFTWARE_TOKEN_MFA"]` {
		t.Fatalf("challenge = %q %v, want MFA_SETUP", out.ChallengeName, out.ChallengeParameters)
	}
	setup := func(session *string) (*cip.RespondToAuthChallengeOutput, error) {
		return p.respond(t, types.ChallengeNameTypeMfaSetup, session, map[string]string{"USERNAME": email})
	}
	_, err = setup(out.Session)
	wantError(t, "going on without an app", err, "InvalidParameterException", "User has not set up software token mfa")
	secret, err := p.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: out.Session})
	ok(t, "AssociateSoftwareToken", err)
	_, err = setup(out.Session)
	wantError(t, "the spent session", err, "NotAuthorizedException", "Invalid session for the user, session can only be used once.")
	_, err = setup(secret.Session)
	wantError(t, "going on without a code", err, "InvalidParameterException", "User has not set up software token mfa")
	verified, err := p.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: secret.Session, UserCode: appCode(t, *secret.SecretCode, p.clock.now())})
	ok(t, "VerifySoftwareToken", err)
	in, err := setup(verified.Session)
	ok(t, "MFA_SETUP", err)
	if in.AuthenticationResult == nil {
		t.Fatal("MFA_SETUP answered no tokens")
	}
	p.clock.advance(30 * time.Second)
	ok(t, "the next sign-in", p.answerApp(t, p.askApp(t), appCode(t, *secret.SecretCode, p.clock.now())))
}
