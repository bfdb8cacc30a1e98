package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabasetest"
)

const (
	email    = "legacy@example.com"
	password = "Legacy-Passw0rd-1!"
)

// world is the function wired as on Lambda, with the old system behind it and a
// user pool in front of it.
type world struct {
	db   *dynamotest.DB
	old  *supabasetest.Server
	log  *journal
	fn   boot.Func
	pool *cognitotest.Server
	api  *cognitoidentityprovider.Client
}

func newWorld(t *testing.T, with map[string]string) *world {
	t.Helper()
	w := &world{db: dynamotest.New(t), old: supabasetest.New(supabasetest.Config{PublishableKey: "p"}), log: &journal{}}
	old := httptest.NewServer(w.old)
	t.Cleanup(old.Close)
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL_DYNAMODB": w.db.URL,
		"AWS_ENDPOINT_URL": secrets(t, old.URL), "TABLE_LEGACY_USERS": w.db.Table("legacy_users"), "SECRET_SUPABASE": "callanalyst/supabase",
	}
	for name, value := range with {
		env[name] = value
	}
	fn, err := boot.NewProcess("user-migration", func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}, w.log).Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	w.fn = fn
	w.openPool(t)
	return w
}

// secrets is a Secrets Manager that knows the old project.
func secrets(t *testing.T, url string) string {
	t.Helper()
	text, _ := json.Marshal(map[string]string{"url": url, "publishable_key": "p", "secret_key": "s"})
	endpoint := awstest.New(awstest.Config{})
	if _, err := endpoint.Secrets.CreateSecret(t.Context(), awstest.SecretInput{Name: "callanalyst/supabase", SecretString: new(string(text))}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	return server.URL
}

func (w *world) openPool(t *testing.T) {
	t.Helper()
	pool, err := cognitotest.New(cognitotest.Config{
		Lambda: w, Functions: map[cognitotest.Trigger]string{cognitotest.UserMigration: "user-migration"},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pool)
	t.Cleanup(func() {
		server.Close()
		pool.Close()
	})
	w.pool = pool
	w.api = cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

// Invoke implements cognitotest.Invoker as Lambda would.
func (w *world) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	payload, err := lambda.NewHandler(w.fn).Invoke(ctx, event)
	if err != nil {
		return nil, &cognitotest.FunctionError{Type: "Error", Message: err.Error()}
	}
	return payload, nil
}

// Async implements cognitotest.Invoker. The trigger is not asynchronous.
func (w *world) Async(string, []byte) {}

// signIn tries a password as a browser does.
func (w *world) signIn(ctx context.Context, address, pw string) error {
	_, err := w.api.InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		ClientId: aws.String(cognitotest.DefaultClientID), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": address, "PASSWORD": pw},
	})
	return err
}

func lee(change func(*supabasetest.User)) supabasetest.User {
	u := supabasetest.User{ID: "7d1c4f0e", Email: email, Password: password, Confirmed: time.Now().Add(-time.Hour), Name: "Lee Gacy"}
	if change != nil {
		change(&u)
	}
	return u
}

// rows are the table legacy_users.
func (w *world) rows() migration.Rows {
	return migration.Rows{DB: w.db, Table: w.db.Table("legacy_users"), Now: time.Now}
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// silent demands that nothing logged names the person, the password or a token.
func (j *journal) silent(t *testing.T) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, secret := range []string{"legacy@", "Legacy-", "example.com", "Passw0rd", "eyJ", "Gacy"} {
		if strings.Contains(j.text.String(), secret) {
			t.Errorf("log names %q:\n%s", secret, j.text.String())
		}
	}
}
