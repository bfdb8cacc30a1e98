package profiletest

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot"
)

const (
	password = "Correct-Horse-Battery-9"
	callback = "http://localhost:8787/callback"
)

// Trigger runs a function as Cognito's trigger, with Lambda's deadline.
type Trigger func(ctx context.Context, event []byte) ([]byte, error)

// Invoke implements cognitotest.Invoker.
func (t Trigger) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	return t(ctx, event)
}

// Async implements cognitotest.Invoker. No trigger here is asynchronous.
func (t Trigger) Async(string, []byte) {}

// Attach starts the user pool anew, without users, and with f behind its
// post-confirmation trigger unless it is nil.
func (w *World) Attach(tb testing.TB, f Trigger) {
	tb.Helper()
	cfg := w.cfg
	if f != nil {
		cfg.Lambda = f
		cfg.Functions = map[cognitotest.Trigger]string{cognitotest.PostConfirmation: "post-confirmation"}
	}
	pool, err := cognitotest.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	w.Pool = pool
	w.AWS.Mount("cognito-idp", pool)
}

// Cognito is a client of the user pool, as a browser or an operator has one.
func (w *World) Cognito(tb testing.TB) *cognito.Client {
	tb.Helper()
	return cognito.NewFromConfig(boot.NewProcess("test", func(name string) (string, bool) {
		v, ok := map[string]string{"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": awsAddress}[name]
		return v, ok
	}, w.Log).AWS("COGNITO_IDENTITY_PROVIDER"), func(o *cognito.Options) {
		o.HTTPClient = &http.Client{Transport: w}
		o.RetryMaxAttempts = 1
	})
}

// SignUp registers the address and returns the new user's name and the code that
// confirms it.
func (w *World) SignUp(tb testing.TB, email, name string) (username, code string) {
	tb.Helper()
	out, err := w.Cognito(tb).SignUp(tb.Context(), &cognito.SignUpInput{
		ClientId: aws.String(cognitotest.DefaultClientID), Username: &email, Password: aws.String(password),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &email}, {Name: aws.String("name"), Value: &name}},
	})
	if err != nil {
		tb.Fatalf("sign up: %v", err)
	}
	return aws.ToString(out.UserSub), w.inbox.code()
}

// Confirm enters the code, which runs the trigger. Its error is what the person
// sees.
func (w *World) Confirm(tb testing.TB, username, code string) error {
	tb.Helper()
	_, err := w.Cognito(tb).ConfirmSignUp(tb.Context(), &cognito.ConfirmSignUpInput{
		ClientId: aws.String(cognitotest.DefaultClientID), Username: &username, ConfirmationCode: &code,
	})
	return err
}

// User returns the user's attributes and state, as an operator sees them.
func (w *World) User(tb testing.TB, username string) (attributes map[string]string, status string) {
	tb.Helper()
	out, err := w.Cognito(tb).AdminGetUser(tb.Context(), &cognito.AdminGetUserInput{UserPoolId: aws.String(cognitotest.DefaultPoolID), Username: &username})
	if err != nil {
		tb.Fatalf("read user %s: %v", username, err)
	}
	attributes = map[string]string{}
	for _, a := range out.UserAttributes {
		attributes[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return attributes, string(out.UserStatus)
}

// Federate signs a person in with Google for the first time, as a browser does,
// and returns the address that the browser is sent back to.
func (w *World) Federate(tb testing.TB, email, name string) *url.URL {
	tb.Helper()
	b := &browser{tb: tb, world: w}
	b.get(awsAddress + "/oauth2/authorize?" + url.Values{
		"client_id": {cognitotest.DefaultClientID}, "response_type": {"code"}, "scope": {"openid email profile aws.cognito.signin.user.admin"},
		"redirect_uri": {callback}, "identity_provider": {cognitotest.ProviderGoogle}, "state": {"s"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode())
	b.post(b.at, url.Values{"email": {email}, "name": {name}, "email_verified": {"true"}, "state": {b.at.Query().Get("state")}})
	return b.at
}

// inbox keeps the codes that the pool sends.
type inbox struct {
	mu   sync.Mutex
	last string
}

func (b *inbox) deliver(m cognitotest.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = m.Code
}

func (b *inbox) code() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// SignIn returns an access token of the person with the address.
func (w *World) SignIn(tb testing.TB, email string) string {
	tb.Helper()
	out, err := w.Cognito(tb).InitiateAuth(tb.Context(), &cognito.InitiateAuthInput{
		ClientId: aws.String(cognitotest.DefaultClientID), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	})
	if err != nil {
		tb.Fatalf("sign in: %v", err)
	}
	return aws.ToString(out.AuthenticationResult.AccessToken)
}
