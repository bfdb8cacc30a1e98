package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"callanalyst/pkg/auth/cognitotest/codecrypt"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
)

const (
	pool   = "us-east-2_CallAnlst"
	reader = "dana.reyes@example.com"
	keyID  = "2f0f2a0e-5a59-4a0f-9d52-8a86a4b1a001"
)

// world is what the function can reach.
type world struct {
	aws *awstest.Endpoint
	db  *dynamotest.DB
	key string
	env map[string]string
	log *record
}

// newWorld returns a world with the code's key, SES's account and the tables.
// Its end scans what the function has logged for the secrets.
func newWorld(tb testing.TB, secrets ...string) *world {
	tb.Helper()
	w := &world{aws: awstest.New(awstest.Config{}), db: dynamotest.New(tb), log: &record{}}
	w.key = w.aws.KMS.AddKey(keyID, "alias/code")
	if _, err := w.aws.SES.CreateEmailIdentity(tb.Context(), awstest.IdentityRef{EmailIdentity: "callanalyst.app"}); err != nil {
		tb.Fatal(err)
	}
	if err := w.aws.SES.CreateConfigurationSet(tb.Context(), awstest.ConfigurationSetRef{ConfigurationSetName: "auth"}); err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(w.aws)
	tb.Cleanup(server.Close)
	w.env = map[string]string{
		"AWS_REGION": "us-east-2", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL": server.URL, "AWS_ENDPOINT_URL_DYNAMODB": w.db.URL,
		"CODE_KEY_ARN": w.key, "SITE_URL": "https://callanalyst.app",
	}
	f, _ := fleet.Find("custom-email-sender")
	for _, g := range f.Tables {
		w.env["TABLE_"+boot.Upper(g.Table)] = w.db.Table(g.Table)
	}
	tb.Cleanup(func() { w.log.scan(tb, append(secrets, reader, "dana.reyes", "Dana", "AYAD")...) })
	return w
}

// start returns the function, wired as it is on Lambda.
func (w *world) start(tb testing.TB) boot.Func {
	tb.Helper()
	p, fn, err := w.process(tb)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.HTTP.CloseIdleConnections)
	return fn
}

func (w *world) process(tb testing.TB) (*boot.Process, boot.Func, error) {
	tb.Helper()
	lookup := func(name string) (string, bool) {
		v, ok := w.env[name]
		return v, ok
	}
	p := boot.NewProcess("custom-email-sender", lookup, w.log)
	p.HTTP.Transport = &http.Transport{}
	fn, err := p.Start(tb.Context(), wire)
	return p, fn, err
}

// event is what Cognito sends for a source; without plaintext there is no code.
func (w *world) event(tb testing.TB, source, poolID, plaintext string) json.RawMessage {
	tb.Helper()
	request := map[string]any{
		"type": "customEmailSenderRequestV1", "clientMetadata": nil,
		"userAttributes": map[string]string{"sub": "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10", "email": reader, "email_verified": "true", "name": "Dana Reyes", "cognito:user_status": "CONFIRMED"},
	}
	if plaintext != "" {
		code, err := codecrypt.Encrypt(tb.Context(), w.aws.KMS.DataKeys(w.key), poolID, plaintext, rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		request["code"] = code
	}
	raw, err := json.Marshal(map[string]any{
		"version": "1", "triggerSource": "CustomEmailSender_" + source, "region": "us-east-2", "userPoolId": pool,
		"userName": "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10", "callerContext": map[string]string{"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "57cbishk4j24pabc1234567890"},
		"request": request, "later": map[string]int{"than": 1},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// must runs the function, which must not fail.
func must(tb testing.TB, fn boot.Func, event json.RawMessage) {
	tb.Helper()
	if out, err := fn(context.WithoutCancel(tb.Context()), event); out != nil || err != nil {
		tb.Fatalf("answered %v, %v, want nothing", out, err)
	}
}

// record keeps what is logged.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// scan fails the test if the log tells one of the secrets.
func (r *record) scan(tb testing.TB, secrets ...string) {
	tb.Helper()
	for _, s := range secrets {
		if strings.Contains(r.String(), s) {
			tb.Errorf("the log tells %q:\n%s", s, r)
		}
	}
}
