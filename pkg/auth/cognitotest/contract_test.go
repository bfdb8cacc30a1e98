package cognitotest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/pquerna/otp/totp"
)

// The contract is what a user pool answers, whoever runs it. Each case is one
// short story with its own user, and comes to one word: the exception that ended
// it, or what its last step showed. A case runs on this package's pool, on
// cognito-local, and with -contract.endpoint on any other pool.

// engine is a pool under contract.
type engine struct {
	*cip.Client
	poolID, clientID string
	// code returns the code that the pool sent to an address last.
	code func(t *testing.T, address string) string
	// deviates picks the answer that this engine is known to give instead; nil for
	// an engine that is held to Cognito's.
	deviates func(contractCase) deviation
}

// deviation is an answer that is not Cognito's, and why the engine gives it. It is
// held against the engine as strictly as Cognito's, so that a fix is noticed.
type deviation struct{ got, why string }

// contractCase is one row. want is Cognito's answer.
type contractCase struct {
	name string
	want string
	// local is what cognito-local 5.3.0 answers instead, if it does.
	local deviation
	// act plays the story for a fresh address and returns its outcome.
	act func(t *testing.T, e *engine, address string) string
}

// The outcome of a story that ends well and shows nothing else.
const fine = "ok"

// story is one user of one engine.
type story struct {
	t       *testing.T
	e       *engine
	address string
}

func contractCases() []contractCase {
	return append(append(signUpContract(), signInContract()...), append(selfServiceContract(), ownerContract()...)...)
}

// runContract plays every case on an engine.
func runContract(t *testing.T, e *engine) {
	t.Helper()
	var n atomic.Int64
	for _, tt := range contractCases() {
		t.Run(tt.name, func(t *testing.T) {
			address := fmt.Sprintf("user%d.%d@example.com", time.Now().UnixNano(), n.Add(1))
			want := tt.want
			if e.deviates != nil && e.deviates(tt).got != "" {
				want = e.deviates(tt).got
				t.Logf("known to deviate from %q: %s", tt.want, e.deviates(tt).why)
			}
			if got := tt.act(t, e, address); got != want {
				t.Errorf("%s: outcome = %q, want %q", tt.name, got, want)
			}
		})
	}
}

// outcome is the exception's name, or good if there was none.
func outcome(err error, good string) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return good
}

// call runs one API call of a story and returns its outcome.
func call[In, Out any](t *testing.T, f func(context.Context, *In, ...func(*cip.Options)) (*Out, error), in *In) (*Out, string) {
	t.Helper()
	out, err := f(t.Context(), in)
	return out, outcome(err, fine)
}

func (s story) signUp(password string) string {
	s.t.Helper()
	_, got := call(s.t, s.e.SignUp, &cip.SignUpInput{
		ClientId: &s.e.clientID, Username: &s.address, Password: &password,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &s.address}},
	})
	return got
}

func (s story) confirm(code string) string {
	s.t.Helper()
	_, got := call(s.t, s.e.ConfirmSignUp, &cip.ConfirmSignUpInput{
		ClientId: &s.e.clientID, Username: &s.address, ConfirmationCode: &code,
	})
	return got
}

// begin makes a confirmed user.
func begin(t *testing.T, e *engine, address string) story {
	t.Helper()
	s := story{t, e, address}
	if got := s.signUp(password); got != fine {
		t.Fatalf("SignUp = %s, want %s", got, fine)
	}
	if got := s.confirm(e.code(t, address)); got != fine {
		t.Fatalf("ConfirmSignUp = %s, want %s", got, fine)
	}
	return s
}

func (s story) login(password string) (*cip.InitiateAuthOutput, string) {
	s.t.Helper()
	return call(s.t, s.e.InitiateAuth, &cip.InitiateAuthInput{
		ClientId: &s.e.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": s.address, "PASSWORD": password},
	})
}

// tokens signs the user in and returns the tokens.
func (s story) tokens() *types.AuthenticationResultType {
	s.t.Helper()
	out, got := s.login(password)
	if got != fine || out.AuthenticationResult == nil {
		s.t.Fatalf("InitiateAuth = %s, want tokens", got)
	}
	return out.AuthenticationResult
}

// attribute is one attribute of the user, as the pool's owner sees it.
func (s story) attribute(name string) string {
	s.t.Helper()
	out, got := call(s.t, s.e.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &s.e.poolID, Username: &s.address})
	if got != fine {
		return got
	}
	for _, a := range out.UserAttributes {
		if *a.Name == name {
			return *a.Value
		}
	}
	return "absent"
}

// enrol gives the user an authenticator app and returns its secret.
func (s story) enrol(access *string) string {
	s.t.Helper()
	out, got := call(s.t, s.e.AssociateSoftwareToken, &cip.AssociateSoftwareTokenInput{AccessToken: access})
	if got != fine {
		s.t.Fatalf("AssociateSoftwareToken = %s, want %s", got, fine)
	}
	if _, got := call(s.t, s.e.VerifySoftwareToken, &cip.VerifySoftwareTokenInput{
		AccessToken: access, UserCode: appCode(s.t, *out.SecretCode, time.Now()),
	}); got != fine {
		s.t.Fatalf("VerifySoftwareToken = %s, want %s", got, fine)
	}
	if _, got := call(s.t, s.e.SetUserMFAPreference, &cip.SetUserMFAPreferenceInput{
		AccessToken:              access,
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true},
	}); got != fine {
		s.t.Fatalf("SetUserMFAPreference = %s, want %s", got, fine)
	}
	return *out.SecretCode
}

// answerApp signs in with the password and then with the code.
func (s story) answerApp(code *string) string {
	s.t.Helper()
	out, got := s.login(password)
	if got != fine || out.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa {
		return "no challenge: " + got
	}
	_, got = call(s.t, s.e.RespondToAuthChallenge, &cip.RespondToAuthChallengeInput{
		ClientId: &s.e.clientID, ChallengeName: out.ChallengeName, Session: out.Session,
		ChallengeResponses: map[string]string{"USERNAME": s.address, "SOFTWARE_TOKEN_MFA_CODE": *code},
	})
	return got
}

func appCode(t *testing.T, secret string, at time.Time) *string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	ok(t, "generate a code", err)
	return &code
}

// claims decodes a token's payload without checking it.
func claims(t *testing.T, token *string) map[string]any {
	t.Helper()
	parts := strings.Split(*token, ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	ok(t, "decode a token", err)
	out := map[string]any{}
	ok(t, "decode a token's claims", json.Unmarshal(body, &out))
	return out
}

var (
	contractEndpoint = flag.String("contract.endpoint", "", "also run the contract on the user pool at this address")
	contractPool     = flag.String("contract.pool", "", "the id of that pool")
	contractClient   = flag.String("contract.client", "", "the id of that pool's app client")
	contractCode     = flag.String("contract.code", "123456", "the code that that pool always sends")
)

func TestContract(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *configuration) { c.Now = time.Now })
	runContract(t, &engine{
		Client: p.Client, poolID: poolID, clientID: clientID,
		code: p.inbox.codeFor,
	})
}

func TestContractEndpoint(t *testing.T) {
	if *contractEndpoint == "" {
		t.Log("no pool named: -contract.endpoint is empty")
		return
	}
	runContract(t, &engine{
		Client: sdk(*contractEndpoint, nil), poolID: *contractPool, clientID: *contractClient,
		code: func(*testing.T, string) string { return *contractCode },
	})
}
