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
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/migration"
)

// world is the function wired as on Lambda, with a real DynamoDB engine, behind
// the trigger of a user pool.
type world struct {
	db    *dynamotest.DB
	log   *journal
	fn    boot.Func
	users *cognitotest.Server
	api   *cognitoidentityprovider.Client
}

// settings are the function's environment, but for what a test changes.
func settings(db *dynamotest.DB) map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL": db.URL, "TABLE_CONSENTS": db.Table("consents"), "TABLE_LEGACY_USERS": db.Table("legacy_users"), "TABLE_SUPPRESSIONS": db.Table("suppressions"),
	}
}

func newWorld(t *testing.T, with map[string]string) *world {
	t.Helper()
	w := &world{db: dynamotest.New(t), log: &journal{}}
	env := settings(w.db)
	env["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = w.openPool(t)
	for name, value := range with {
		env[name] = value
	}
	fn, err := start(t, env, w.log)
	if err != nil {
		t.Fatal(err)
	}
	w.fn = fn
	return w
}

func start(t *testing.T, env map[string]string, log *journal) (boot.Func, error) {
	t.Helper()
	p := boot.NewProcess("pre-signup", func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}, log)
	return p.Start(t.Context(), wire)
}

// Invoke implements cognitotest.Invoker as Lambda would: through the runtime's
// own encoding, with a function's error as its message.
func (w *world) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	payload, err := lambda.NewHandler(w.fn).Invoke(ctx, event)
	if err != nil {
		return nil, &cognitotest.FunctionError{Type: "Error", Message: err.Error()}
	}
	return payload, nil
}

// Async implements cognitotest.Invoker. The trigger is not asynchronous.
func (w *world) Async(string, []byte) {}

// openPool makes the user pool and a client of it, and returns its address.
func (w *world) openPool(t *testing.T) string {
	t.Helper()
	pool, err := cognitotest.New(cognitotest.Config{
		Lambda: w, Functions: map[cognitotest.Trigger]string{cognitotest.PreSignUp: "pre-signup"},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pool)
	t.Cleanup(func() {
		server.Close()
		pool.Close()
	})
	w.users = pool
	w.api = cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	return server.URL
}

// add puts a user into the pool as one who came some other day.
func (w *world) add(t *testing.T, users ...map[string]any) {
	t.Helper()
	now, err := w.users.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(now, &doc); err != nil {
		t.Fatal(err)
	}
	doc["users"] = users
	next, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.users.Restore(next); err != nil {
		t.Fatal(err)
	}
}

// legacy puts a user of the old system into the snapshot.
func (w *world) legacy(t *testing.T, email string, l migration.Legacy) {
	t.Helper()
	rows := migration.Rows{DB: w.db, Table: w.db.Table("legacy_users"), Now: time.Now}
	if _, err := rows.Remember(t.Context(), email, l); err != nil {
		t.Fatal(err)
	}
	if l.Sub == "" {
		return
	}
	if _, ok, err := rows.Claim(t.Context(), email, l.Sub); err != nil || !ok {
		t.Fatalf("Claim = %t, %v", ok, err)
	}
}

// row is an item with its attributes as plain values; numbers are left out.
type row map[string]any

// rows returns all that the table consents holds.
func (w *world) rows(t *testing.T) []row {
	t.Helper()
	out, err := w.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(w.db.Table("consents")), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, it := range out.Items {
		r := row{}
		for name, v := range it {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				r[name] = v.Value
			case *types.AttributeValueMemberBOOL:
				r[name] = v.Value
			}
		}
		rows = append(rows, r)
	}
	return rows
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

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// silent demands that nothing logged names the person or the password.
func (j *journal) silent(t *testing.T) {
	t.Helper()
	for _, secret := range []string{"dana", "Dana", "example.com", "Correct-Horse"} {
		if strings.Contains(j.String(), secret) {
			t.Errorf("log names %q:\n%s", secret, j)
		}
	}
}

// signUpEvent is Cognito's event of a person who signs up with metadata, and
// with members that Cognito may add one day.
func signUpEvent(source string, metadata map[string]string) json.RawMessage {
	md, _ := json.Marshal(metadata)
	username := "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10"
	if source == external {
		username = "Google_108472910385716204913"
	}
	return json.RawMessage(`{ "version":"1", "future" : {"a":[1.0,"\u00e9<&>"]},"triggerSource":"` + source + `","region":"us-east-2","userPoolId":"us-east-2_CallAnlst",
 "userName":"` + username + `","callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"web"},
 "request":{"userAttributes":{"email":"dana@example.com","email_verified":"true","name":"Dana"},"validationData":null,"clientMetadata":` + string(md) + `},
 "response":{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false} }`)
}
