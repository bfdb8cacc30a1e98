package awstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
)

func TestServiceOf(t *testing.T) {
	t.Parallel()
	scope := func(service string) string {
		return "AWS4-HMAC-SHA256 Credential=AKID/20260601/us-east-2/" + service + "/aws4_request, SignedHeaders=host, Signature=x"
	}
	tests := []struct{ name, target, authorization, url, want string }{
		{name: "KMS by target", target: "TrentService.Encrypt", want: "kms"},
		{name: "Secrets Manager by target", target: "secretsmanager.GetSecretValue", want: "secretsmanager"},
		{name: "SQS by target", target: "AmazonSQS.SendMessage", want: "sqs"},
		{name: "Cognito by target", target: "AWSCognitoIdentityProviderService.SignUp", want: "cognito-idp"},
		{name: "DynamoDB by target", target: "DynamoDB_20120810.GetItem", want: "dynamodb"},
		{name: "target before scope", target: "TrentService.Encrypt", authorization: scope("sqs"), want: "kms"},
		{name: "SNS by scope", authorization: scope("sns"), want: "sns"},
		{name: "SES by scope", authorization: scope("ses"), url: "/v2/email/account", want: "ses"},
		{name: "SES by path", url: "/v2/email/account", want: "ses"},
		{name: "a presigned address", url: "/?X-Amz-Credential=AKID%2F20260601%2Fus-east-2%2Fsts%2Faws4_request", want: "sts"},
		{name: "nothing tells", url: "/us-east-2_A/.well-known/jwks.json", want: ""},
		{name: "a scope that is none", authorization: "Bearer x", want: ""},
		{name: "a scope cut short", authorization: "AWS4-HMAC-SHA256 Credential=AKID/x", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "http://localhost"+tt.url, nil)
			r.Header.Set("X-Amz-Target", tt.target)
			r.Header.Set("Authorization", tt.authorization)
			if got := awstest.ServiceOf(r); got != tt.want {
				t.Errorf("ServiceOf = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEndpointServesMountedServicesAndRefusesOthers(t *testing.T) {
	t.Parallel()
	e := awstest.New(awstest.Config{})
	e.Mount("dynamodb", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("tables")) }))
	tests := []struct {
		name, target, body string
		status             int
		says               string
	}{
		{name: "a mounted service", target: "DynamoDB_20120810.ListTables", status: 200, says: "tables"},
		{name: "one that is not", target: "AWSCognitoIdentityProviderService.SignUp", status: 404, says: "cognito-idp"},
		{name: "an unknown operation", target: "TrentService.Melt", status: 400, says: "UnknownOperationException"},
		{name: "a malformed body", target: "TrentService.Encrypt", body: "{", status: 400, says: "SerializationException"},
		{name: "no body", target: "TrentService.ListKeys", status: 200, says: `"Keys":[]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("X-Amz-Target", tt.target)
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("%s answers %d %s, want %d saying %q", tt.target, w.Code, w.Body, tt.status, tt.says)
			}
		})
	}
}

func TestFaultsFailCountedCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := kms.NewFromConfig(w.sdk)
	w.KMS.Faults.Fail("ListKeys", 2, &awstest.Error{Code: "ThrottlingException", Message: "Rate exceeded"})
	list := func() string {
		_, err := client.ListKeys(t.Context(), &kms.ListKeysInput{})
		return codeOf(t, err)
	}
	for i, want := range []string{"ThrottlingException", "ThrottlingException", ""} {
		if got := list(); got != want {
			t.Errorf("call %d = %q, want %q", i+1, got, want)
		}
	}
	w.KMS.Faults.Fail("ListKeys", -1, &awstest.Error{Code: "AccessDeniedException"})
	for range 5 {
		if got := list(); got != "AccessDeniedException" {
			t.Errorf("call under a lasting fault = %q, want AccessDeniedException", got)
		}
	}
	w.KMS.Faults.Clear()
	if got := list(); got != "" {
		t.Errorf("call after Clear = %q, want none", got)
	}
	if got := w.KMS.Faults.Calls("ListKeys"); got != 9 {
		t.Errorf("Calls = %d, want 9", got)
	}
}

// TestFaultsDelay calls the handler itself, on synctest's clock.
func TestFaultsDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := awstest.NewKMS(awstest.Config{})
		k.Faults.Delay("ListKeys", time.Minute)
		call := func(ctx context.Context) (int, time.Duration) {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
			r.Header.Set("X-Amz-Target", "TrentService.ListKeys")
			w := httptest.NewRecorder()
			start := time.Now()
			k.ServeHTTP(w, r)
			return w.Code, time.Since(start)
		}
		if code, took := call(t.Context()); code != 200 || took != time.Minute {
			t.Errorf("a delayed call answers %d after %v, want 200 after a minute", code, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if code, took := call(ctx); code != 500 || took != time.Second {
			t.Errorf("a delayed call whose caller leaves answers %d after %v, want 500 after a second", code, took)
		}
	})
}

func TestSnapshotRestoresEveryService(t *testing.T) {
	t.Parallel()
	w, _ := newSES(t)
	w.KMS.AddKey(keyOne, "alias/one")
	text := "secret"
	check(w.Secrets.CreateSecret(t.Context(), awstest.SecretInput{Name: "a", SecretString: &text}))(t)
	url := check(w.SQS.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "q"}))(t).QueueURL
	check(w.SQS.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: url, MessageBody: "x"}))(t)
	topic := check(w.SNS.CreateTopic(t.Context(), "t"))(t)
	check(w.SNS.Subscribe(t.Context(), topic, "sqs", "arn:aws:sqs:us-east-2:000000000000:q", true))(t)
	check(w.SES.SendEmail(t.Context(), awstest.SendEmailInput{
		FromEmailAddress: "a@callanalyst.app", Destination: awstest.Destination{ToAddresses: []string{"b@example.com"}},
		Content: awstest.Content{Simple: &awstest.Simple{Subject: awstest.Text{Data: "s"}, Body: awstest.Body{Text: &awstest.Text{Data: "t"}}}},
	}))(t)
	doc := check(w.Snapshot())(t)

	again := newWorld(t)
	check(again.Secrets.CreateSecret(t.Context(), awstest.SecretInput{Name: "left over"}))(t)
	if err := again.Restore(doc); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(w.SES.Messages(), again.SES.Messages()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if _, err := again.SNS.PublishMessage(t.Context(), awstest.PublishInput{TopicARN: topic, Message: "y"}); err != nil {
		t.Errorf("publish to a restored topic: %v", err)
	}
	again.SNS.Wait()
	out := check(again.SQS.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: url, MaxNumberOfMessages: aws.Int(10)}))(t)
	if len(out.Messages) != 2 || out.Messages[0].Body != "x" || out.Messages[1].Body != "y" {
		t.Errorf("restored queue holds %+v, want x, and y from the restored subscription", out.Messages)
	}
	client := secretsmanager.NewFromConfig(again.sdk)
	if got := check(client.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{}))(t).SecretList; len(got) != 1 || *got[0].Name != "a" {
		t.Errorf("restored secrets = %+v, want a alone", got)
	}
	second := check(again.Snapshot())(t)
	if len(second) == 0 || !json.Valid(second) {
		t.Errorf("second snapshot is no JSON: %s", second)
	}
}

func TestRestoreRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{`[]`, `{"kms":[]}`, `{"ses":[]}`, `{"sns":[]}`, `{"sqs":[]}`, `{"secrets":[]}`} {
		if err := awstest.New(awstest.Config{}).Restore(json.RawMessage(doc)); err == nil {
			t.Errorf("Restore(%s) gave no error", doc)
		}
	}
}

// broken is a source of randomness that has none.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestNothingIsMadeWithoutRandomness(t *testing.T) {
	t.Parallel()
	e := awstest.New(awstest.Config{Rand: broken{}})
	e.KMS.AddKey(keyOne, "")
	calls := map[string]func() error{
		"CreateKey": func() error { _, err := e.KMS.CreateKey(t.Context(), awstest.CreateKeyInput{}); return err },
		"Encrypt": func() error {
			_, err := e.KMS.Encrypt(t.Context(), awstest.EncryptInput{KeyID: keyOne, Plaintext: []byte("x")})
			return err
		},
		"SendEmail":      func() error { _, err := e.SES.SendEmail(t.Context(), awstest.SendEmailInput{}); return err },
		"SendMessage":    func() error { _, err := e.SQS.SendMessage(t.Context(), awstest.SendMessageInput{}); return err },
		"PublishMessage": func() error { _, err := e.SNS.PublishMessage(t.Context(), awstest.PublishInput{}); return err },
	}
	for name, call := range calls {
		if err := call(); err == nil || !strings.Contains(err.Error(), "no entropy") {
			t.Errorf("%s without randomness: error = %v, want the source's", name, err)
		}
	}
}
