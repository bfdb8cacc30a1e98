package cognitotest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/auth/cognitotest/keys"
)

const (
	email    = "ada@example.com"
	password = "Correct-Horse-9"
	clientID = cognitotest.DefaultClientID
	poolID   = cognitotest.DefaultPoolID
)

// sharedKeys are generated once: a pair takes long under the race detector.
var sharedKeys = sync.OnceValue(func() keys.Set {
	set, err := keys.Generate()
	if err != nil {
		panic(err)
	}
	return set
})

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// inbox keeps what the pool delivered.
type inbox struct {
	mu   sync.Mutex
	list []cognitotest.Message
}

func (b *inbox) deliver(m cognitotest.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, m)
}

func (b *inbox) all() []cognitotest.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]cognitotest.Message(nil), b.list...)
}

// code returns the newest message's code.
func (b *inbox) code(t *testing.T) string {
	t.Helper()
	all := b.all()
	if len(all) == 0 {
		t.Fatal("no message was delivered")
	}
	return all[len(all)-1].Code
}

// codeFor returns the newest code that went to an address.
func (b *inbox) codeFor(t *testing.T, address string) string {
	t.Helper()
	for _, m := range slices.Backward(b.all()) {
		if m.Email == address {
			return m.Code
		}
	}
	t.Fatalf("no message went to %s", address)
	return ""
}

// configuration is what tests change of a pool.
type configuration = cognitotest.Config

// pool is a server with a clock, an inbox and an SDK client.
type pool struct {
	*cip.Client
	server *cognitotest.Server
	clock  *clock
	inbox  *inbox
	http   *http.Client
	url    string
}

// inProcess sends requests straight to a handler.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}

// newPool starts a pool; configure may change its configuration.
func newPool(t testing.TB, configure ...func(*configuration)) *pool {
	t.Helper()
	set := sharedKeys()
	p := &pool{clock: &clock{at: time.Date(2026, 11, 21, 9, 5, 6, 0, time.UTC)}, inbox: &inbox{}, url: "http://pool.test"}
	cfg := cognitotest.Config{
		Keys: &set, Now: p.clock.now, Deliver: p.inbox.deliver,
		CallbackURLs: []string{"http://localhost:8787/callback"}, LogoutURLs: []string{"http://localhost:8787/"},
	}
	for _, f := range configure {
		f(&cfg)
	}
	server, err := cognitotest.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(server.Close)
	p.server = server
	p.http = &http.Client{Transport: inProcess{server}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	p.Client = sdk(p.url, p.http)
	return p
}

func sdk(url string, client *http.Client) *cip.Client {
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	return cip.New(cip.Options{
		BaseEndpoint: &url, Region: "us-east-2", HTTPClient: client, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// wantError holds err against an exception's name and message.
func wantError(t *testing.T, what string, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Fatalf("%s: error = %v, want %s: %s", what, err, code, message)
	}
	if e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Errorf("%s: error = %s: %q, want %s: %q", what, e.ErrorCode(), e.ErrorMessage(), code, message)
	}
}

func ok(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// signUp registers an address with the usual password.
func (p *pool) signUp(t *testing.T, address string) string {
	t.Helper()
	out, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: &address, Password: aws.String(password)})
	ok(t, "SignUp "+address, err)
	return *out.UserSub
}

// confirmed registers and confirms an address and returns its sub.
func (p *pool) confirmed(t *testing.T, address string) string {
	t.Helper()
	sub := p.signUp(t, address)
	_, err := p.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
		ClientId: aws.String(clientID), Username: &address, ConfirmationCode: aws.String(p.inbox.code(t)),
	})
	ok(t, "ConfirmSignUp "+address, err)
	return sub
}

// tryPassword signs in with USER_PASSWORD_AUTH.
func (p *pool) tryPassword(ctx context.Context, address, password string) (*cip.InitiateAuthOutput, error) {
	return p.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: aws.String(clientID), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": address, "PASSWORD": password},
	})
}

// login signs in and returns the tokens.
func (p *pool) login(t *testing.T, address, password string) *types.AuthenticationResultType {
	t.Helper()
	out, err := p.tryPassword(t.Context(), address, password)
	ok(t, "InitiateAuth "+address, err)
	if out.AuthenticationResult == nil {
		t.Fatalf("InitiateAuth %s: challenge %s, want tokens", address, out.ChallengeName)
	}
	return out.AuthenticationResult
}

// forgot asks for a code for a forgotten password.
func (p *pool) forgot(t *testing.T, address string) {
	t.Helper()
	_, err := p.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: aws.String(clientID), Username: &address})
	ok(t, "ForgotPassword "+address, err)
}

// tryGet reads the usual user as the owner.
func (p *pool) tryGet(ctx context.Context) (*cip.AdminGetUserOutput, error) {
	return p.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
}

// disable locks a user out.
func (p *pool) disable(t *testing.T, login string) {
	t.Helper()
	_, err := p.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: aws.String(poolID), Username: &login})
	ok(t, "AdminDisableUser "+login, err)
}
