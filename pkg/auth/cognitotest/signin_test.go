package cognitotest_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest/srp"
)

// badLogin is the one answer to a wrong password and an unknown user.
const badLogin = "Incorrect username or password."

func TestPasswordSignInStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		prepare       func(*pool, *testing.T)
		password      string
		code, message string
	}{
		{name: "an unknown user", prepare: func(*pool, *testing.T) {}, password: password, code: "NotAuthorizedException", message: badLogin},
		{name: "a wrong password", prepare: func(p *pool, t *testing.T) { p.confirmed(t, email) }, password: "Wrong-Horse-99", code: "NotAuthorizedException", message: badLogin},
		{name: "an unconfirmed user", prepare: func(p *pool, t *testing.T) { p.signUp(t, email) }, password: password, code: "UserNotConfirmedException", message: "User is not confirmed."},
		{name: "an unconfirmed user with a wrong password", prepare: func(p *pool, t *testing.T) { p.signUp(t, email) }, password: "Wrong-Horse-99", code: "NotAuthorizedException", message: badLogin},
		{name: "a disabled user", password: password, code: "NotAuthorizedException", message: "User is disabled.", prepare: func(p *pool, t *testing.T) {
			p.confirmed(t, email)
			p.disable(t, email)
		}},
		{name: "an expired temporary password", password: "Temporary-Horse-1", code: "NotAuthorizedException",
			message: "Temporary password has expired and must be reset by an administrator.", prepare: func(p *pool, t *testing.T) {
				_, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email), TemporaryPassword: aws.String("Temporary-Horse-1")})
				ok(t, "AdminCreateUser", err)
				p.clock.advance(7*24*time.Hour + time.Second)
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			tt.prepare(p, t)
			_, err := p.tryPassword(t.Context(), email, tt.password)
			wantError(t, "USER_PASSWORD_AUTH", err, tt.code, tt.message)
			_, err = p.trySRP(t, email, tt.password)
			wantError(t, "USER_SRP_AUTH", err, tt.code, tt.message)
		})
	}
}

// challenge begins an SRP sign-in.
func (p *pool) challenge(t *testing.T, address string, client *srp.Client) (*cip.InitiateAuthOutput, error) {
	t.Helper()
	return p.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: aws.String(clientID), AuthFlow: types.AuthFlowTypeUserSrpAuth,
		AuthParameters: map[string]string{"USERNAME": address, "SRP_A": client.A()},
	})
}

// answer makes the responses to an SRP challenge.
func answer(t *testing.T, client *srp.Client, c map[string]string, password string) map[string]string {
	t.Helper()
	block, err := base64.StdEncoding.DecodeString(c["SECRET_BLOCK"])
	ok(t, "decode the secret block", err)
	proof := srp.Proof{Pool: "CallAnlst", User: c["USER_ID_FOR_SRP"], SecretBlock: block, Timestamp: "Sat Nov 21 09:05:06 UTC 2026"}
	signature, err := client.Sign(proof, password, c["SALT"], c["SRP_B"])
	ok(t, "sign the challenge", err)
	return map[string]string{
		"USERNAME": c["USER_ID_FOR_SRP"], "TIMESTAMP": proof.Timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": c["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(signature),
	}
}

// trySRP signs in as a browser does.
func (p *pool) trySRP(t *testing.T, address, password string) (*cip.RespondToAuthChallengeOutput, error) {
	t.Helper()
	client, err := srp.NewClient(rand.Reader)
	ok(t, "NewClient", err)
	out, err := p.challenge(t, address, client)
	if err != nil {
		return nil, err
	}
	return p.respond(t, types.ChallengeNameTypePasswordVerifier, nil, answer(t, client, out.ChallengeParameters, password))
}

func (p *pool) respond(t *testing.T, name types.ChallengeNameType, session *string, responses map[string]string) (*cip.RespondToAuthChallengeOutput, error) {
	t.Helper()
	return p.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: aws.String(clientID), ChallengeName: name, Session: session, ChallengeResponses: responses,
	})
}

func TestSRPSignIn(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	for range 10 { // the numbers differ each time: so do their leading zeros
		out, err := p.trySRP(t, email, password)
		ok(t, "SRP sign-in", err)
		if got := claims(t, out.AuthenticationResult.AccessToken)["sub"]; got != sub {
			t.Fatalf("access token's sub = %v, want %s", got, sub)
		}
	}
}

func TestSRPRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		change        func(map[string]string)
		code, message string
	}{
		{name: "a signature that does not fit", change: func(m map[string]string) { m["PASSWORD_CLAIM_SIGNATURE"] = "AAAA" }, code: "NotAuthorizedException", message: badLogin},
		{name: "a signature that is not base64", change: func(m map[string]string) { m["PASSWORD_CLAIM_SIGNATURE"] = "?" }, code: "NotAuthorizedException", message: badLogin},
		{name: "a time that was not signed", change: func(m map[string]string) { m["TIMESTAMP"] = "Sat Nov 21 09:05:07 UTC 2026" }, code: "NotAuthorizedException", message: badLogin},
		{
			name: "a time in another form", change: func(m map[string]string) { m["TIMESTAMP"] = "2026-11-21T09:05:06Z" }, code: "InvalidParameterException",
			message: "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
		},
		{name: "a block of another challenge", change: func(m map[string]string) { m["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA" }, code: "NotAuthorizedException", message: badLogin},
		{name: "a block that is not base64", change: func(m map[string]string) { m["PASSWORD_CLAIM_SECRET_BLOCK"] = "?" }, code: "NotAuthorizedException", message: badLogin},
		{name: "another user's name", change: func(m map[string]string) { m["USERNAME"] = "bob@example.com" }, code: "NotAuthorizedException", message: badLogin},
		{name: "nobody's name", change: func(m map[string]string) { m["USERNAME"] = "nobody@example.com" }, code: "NotAuthorizedException", message: badLogin},
		{name: "no signature", change: func(m map[string]string) { delete(m, "PASSWORD_CLAIM_SIGNATURE") }, code: "InvalidParameterException", message: "Missing required parameter PASSWORD_CLAIM_SIGNATURE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			p.confirmed(t, email)
			p.confirmed(t, "bob@example.com")
			client, err := srp.NewClient(rand.Reader)
			ok(t, "NewClient", err)
			out, err := p.challenge(t, email, client)
			ok(t, "InitiateAuth", err)
			responses := answer(t, client, out.ChallengeParameters, password)
			tt.change(responses)
			_, err = p.respond(t, types.ChallengeNameTypePasswordVerifier, nil, responses)
			wantError(t, "RespondToAuthChallenge", err, tt.code, tt.message)
		})
	}
}

func TestSRPChallengeWorksOnceAndForThreeMinutes(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	client, err := srp.NewClient(rand.Reader)
	ok(t, "NewClient", err)
	out, err := p.challenge(t, email, client)
	ok(t, "InitiateAuth", err)
	responses := answer(t, client, out.ChallengeParameters, password)
	_, err = p.respond(t, types.ChallengeNameTypePasswordVerifier, nil, responses)
	ok(t, "the first answer", err)
	_, err = p.respond(t, types.ChallengeNameTypePasswordVerifier, nil, responses)
	wantError(t, "the answer again", err, "NotAuthorizedException", badLogin)

	out, err = p.challenge(t, email, client)
	ok(t, "InitiateAuth", err)
	p.clock.advance(3*time.Minute + time.Second)
	_, err = p.respond(t, types.ChallengeNameTypePasswordVerifier, nil, answer(t, client, out.ChallengeParameters, password))
	wantError(t, "a late answer", err, "NotAuthorizedException", badLogin)
}

func TestSRPOfNobodyLooksReal(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	client, err := srp.NewClient(rand.Reader)
	ok(t, "NewClient", err)
	var shown []map[string]string
	for _, address := range []string{email, "nobody@example.com", "NOBODY@example.com", "other@example.com"} {
		out, err := p.challenge(t, address, client)
		ok(t, "InitiateAuth "+address, err)
		shown = append(shown, out.ChallengeParameters)
	}
	known, nobody, again, other := shown[0], shown[1], shown[2], shown[3]
	if len(nobody) != len(known) || len(nobody["USER_ID_FOR_SRP"]) != len(known["USER_ID_FOR_SRP"]) || len(nobody["SALT"]) > len(known["SALT"])+2 {
		t.Errorf("nobody's challenge has another shape: %v, a user's: %v", nobody, known)
	}
	if nobody["SALT"] != again["SALT"] || nobody["USER_ID_FOR_SRP"] != again["USER_ID_FOR_SRP"] {
		t.Error("nobody's salt and id change from try to try")
	}
	if nobody["SALT"] == other["SALT"] || nobody["USER_ID_FOR_SRP"] == other["USER_ID_FOR_SRP"] {
		t.Error("two unknown users share a salt or an id")
	}
	if nobody["SRP_B"] == again["SRP_B"] {
		t.Error("nobody's public value is always the same")
	}
}

func TestIllegalSRPA(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	_, err := p.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: aws.String(clientID), AuthFlow: types.AuthFlowTypeUserSrpAuth, AuthParameters: map[string]string{"USERNAME": email, "SRP_A": "0"},
	})
	wantError(t, "SRP_A = 0", err, "InvalidParameterException", "Invalid SRP_A")
}

func TestFlowsAndParameters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, flow    string
		parameters    map[string]string
		change        func(*configuration)
		code, message string
	}{
		{name: "a password is needed", flow: "USER_PASSWORD_AUTH", parameters: map[string]string{"USERNAME": email}, code: "InvalidParameterException", message: "Missing required parameter PASSWORD"},
		{name: "a user name is needed", flow: "USER_SRP_AUTH", code: "InvalidParameterException", message: "Missing required parameter USERNAME"},
		{name: "SRP needs its public value", flow: "USER_SRP_AUTH", parameters: map[string]string{"USERNAME": email}, code: "InvalidParameterException", message: "Missing required parameter SRP_A"},
		{name: "a refresh needs its token", flow: "REFRESH_TOKEN_AUTH", code: "InvalidParameterException", message: "Missing required parameter REFRESH_TOKEN"},
		{name: "custom challenges are off", flow: "CUSTOM_AUTH", code: "InvalidParameterException", message: "CUSTOM_AUTH flow not enabled for this client"},
		{
			name: "the password flow can be off", flow: "USER_PASSWORD_AUTH", change: func(c *configuration) { c.NoPasswordAuth = true },
			code: "InvalidParameterException", message: "USER_PASSWORD_AUTH flow not enabled for this client",
		},
		{
			name: "rotation puts the refresh flow off", flow: "REFRESH_TOKEN_AUTH", change: func(c *configuration) { c.Rotation.On = true },
			code: "InvalidParameterException", message: "REFRESH_TOKEN_AUTH flow not enabled for this client",
		},
		{
			name: "other flows do not exist", flow: "MAGIC", code: "InvalidParameterException",
			message: "1 validation error detected: Value 'MAGIC' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[USER_SRP_AUTH, USER_PASSWORD_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, USER_AUTH]",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, func(c *configuration) {
				if tt.change != nil {
					tt.change(c)
				}
			})
			_, err := p.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
				ClientId: aws.String(clientID), AuthFlow: types.AuthFlowType(tt.flow), AuthParameters: tt.parameters,
			})
			wantError(t, "InitiateAuth", err, tt.code, tt.message)
		})
	}
}

func TestUnknownChallenge(t *testing.T) {
	t.Parallel()
	_, err := newPool(t).respond(t, types.ChallengeNameTypeSmsMfa, aws.String("x"), nil)
	wantError(t, "SMS_MFA", err, "InvalidParameterException",
		"1 validation error detected: Value 'SMS_MFA' at 'challengeName' failed to satisfy constraint: Member must satisfy enum value set: "+
			"[PASSWORD_VERIFIER, SOFTWARE_TOKEN_MFA, NEW_PASSWORD_REQUIRED, MFA_SETUP]")
}

func TestLockout(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	fail := func(want string) {
		t.Helper()
		_, err := p.tryPassword(t.Context(), email, "Wrong-Horse-99")
		wantError(t, "a wrong password", err, "NotAuthorizedException", want)
	}
	for range 5 {
		fail(badLogin)
	}
	for n, lock := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		t.Run(fmt.Sprintf("failure %d locks for %v", n+5, lock), func(t *testing.T) {
			_, err := p.tryPassword(t.Context(), email, password)
			wantError(t, "the right password while locked", err, "NotAuthorizedException", "Password attempts exceeded")
			p.clock.advance(lock - time.Millisecond)
			_, err = p.tryPassword(t.Context(), email, password)
			wantError(t, "just before the end", err, "NotAuthorizedException", "Password attempts exceeded")
			p.clock.advance(time.Millisecond)
			fail(badLogin)
		})
	}
	p.clock.advance(16 * time.Second)
	p.login(t, email, password)
	fail(badLogin)
	p.login(t, email, password)
}

func TestLockoutIsForgotten(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	for range 12 {
		p.clock.advance(15 * time.Minute)
		_, err := p.tryPassword(t.Context(), email, "Wrong-Horse-99")
		wantError(t, "a failure every quarter of an hour", err, "NotAuthorizedException", badLogin)
	}
	p.login(t, email, password)
}

func TestLockoutHasAnEnd(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	for n := range 20 {
		_, err := p.trySRP(t, email, "Wrong-Horse-99")
		wantError(t, fmt.Sprintf("failure %d", n+1), err, "NotAuthorizedException", badLogin)
		p.clock.advance(min(15*time.Minute, time.Second<<max(0, n-4)) - time.Nanosecond)
		if n >= 4 {
			_, err = p.trySRP(t, email, password)
			wantError(t, "while locked", err, "NotAuthorizedException", "Password attempts exceeded")
		}
		p.clock.advance(time.Nanosecond)
	}
}
