package solo

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDescribeAWS(t *testing.T) {
	t.Parallel()
	const scope = "AWS4-HMAC-SHA256 Credential=k/20260714/us-east-2/%/aws4_request, SignedHeaders=host, Signature=00"
	tests := []struct {
		name, service, target, path, body string
		want                              string // "" for nothing
	}{
		{
			"a row, in plain values", "dynamodb", "DynamoDB_20120810.PutItem", "/",
			`{"TableName":"profiles","ReturnConsumedCapacity":"TOTAL","Item":{"cognito_sub":{"S":"u1"},"n":{"N":"7"},"m":{"M":{"ok":{"BOOL":true}}},"l":{"L":[{"S":"a"}]},"z":{"NULL":true}}}`,
			`dynamodb PutItem {"Item":{"cognito_sub":"u1","l":["a"],"m":{"ok":true},"n":7,"z":null},"TableName":"profiles"}`,
		},
		{
			"a message, opened", "sqs", "AmazonSQS.SendMessage", "/",
			`{"QueueUrl":"https://sqs.us-east-2.amazonaws.com/000000000000/welcome","MessageBody":"{\"sub\":\"u1\"}"}`,
			`sqs SendMessage {"MessageBody":{"sub":"u1"},"QueueUrl":"welcome"}`,
		},
		{
			"a mail, as a person sees it", "ses", "", "/v2/email/outbound-emails",
			`{"FromEmailAddress":"Call Analyst <hello@callanalyst.app>","Destination":{"ToAddresses":["a@example.com"]},"ConfigurationSetName":"auth",
			  "Content":{"Simple":{"Subject":{"Data":"Your code"},"Body":{"Text":{"Data":"It is\n482913\n"},"Html":{"Data":"<p>It is 482913"}}}},"EmailTags":[{"Name":"kind","Value":"code"}]}`,
			`ses SendEmail {"from":"Call Analyst <hello@callanalyst.app>","html":true,"reply_to":[],"set":"auth","subject":"Your code","tag kind":"code","text":["It is","482913"],"to":["a@example.com"]}`,
		},
		{"a key", "kms", "TrentService.Decrypt", "/", `{"KeyId":"k","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, `kms Decrypt {"KeyId":"k"}`},
		{"a connection opened ahead", "", "", "/", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, tt.path, nil)
			if tt.service != "" {
				r.Header.Set("Authorization", strings.Replace(scope, "%", tt.service, 1))
			}
			if tt.target != "" {
				r.Header.Set("X-Amz-Target", tt.target)
			}
			c, ok := describeAWS(r, []byte(tt.body))
			got := ""
			if ok {
				got = shown(c)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("describeAWS(%s) (-want +got):\n%s", tt.body, diff)
			}
		})
	}
}

// shown is a call on one line.
func shown(c Call) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c.With); err != nil {
		return err.Error()
	}
	return c.Service + " " + c.Operation + " " + strings.TrimSpace(b.String())
}

func TestDescribeStripe(t *testing.T) {
	t.Parallel()
	post := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/customers", nil)
	post.Header.Set("Idempotency-Key", "customer:u1")
	post.Header.Set("Authorization", "Bearer sk_test_secret")
	c, _ := describeStripe(post, []byte("email=a%40example.com&metadata[cognito_sub]=u1"))
	want := `stripe POST /v1/customers {"Idempotency-Key":"customer:u1","email":"a@example.com","metadata[cognito_sub]":"u1"}`
	if got := shown(c); got != want {
		t.Errorf("describeStripe(POST) = %s, want %s", got, want)
	}
	get := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/customers/search?query=x", nil)
	c, _ = describeStripe(get, nil)
	if got, want := shown(c), `stripe GET /v1/customers/search {"query":"x"}`; got != want {
		t.Errorf("describeStripe(GET) = %s, want %s", got, want)
	}
	if c, ok := describeStripe(httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/", nil), nil); ok {
		t.Errorf("describeStripe(HEAD /) = %s, want nothing", shown(c))
	}
}

func TestRecorderKeepsAnErrorsCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"success has none", `{}`, 200, ""},
		{"an AWS error", `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}`, 400, "ConditionalCheckFailedException"},
		{"a Stripe error with a code", `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`, 404, "resource_missing"},
		{"a Stripe error without", `{"error":{"type":"api_error"}}`, 500, "api_error"},
		{"an error that is no JSON", `<html>`, 503, "Service Unavailable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			r.begin(Watch{})
			h := r.around(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}), describeStripe)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/x", nil))
			calls := r.take()
			if len(calls) != 1 || calls[0].Answered != tt.want || rec.Body.String() != tt.body {
				t.Errorf("recorded %+v and passed on %q, want %q and the body", calls, rec.Body, tt.want)
			}
		})
	}
}

func TestACallerThatHungUpWasNotRefused(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	r.begin(Watch{})
	ctx, hangUp := context.WithCancel(t.Context())
	h := r.around(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hangUp()
		w.WriteHeader(http.StatusBadGateway)
	}), describeStripe)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/x", nil))
	if calls := r.take(); len(calls) != 1 || calls[0].Answered != "" {
		t.Errorf("recorded %+v, want one call without a refusal", calls)
	}
}
