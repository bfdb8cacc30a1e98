package endpoint_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/endpoint"
)

// pool owns what has the target of a pool, and one page.
type pool struct{}

func (pool) Owns(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSCognito") || r.URL.Path == "/login"
}

func (pool) ServeHTTP(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pool") }

func service(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

func signature(name string) string {
	return "AWS4-HMAC-SHA256 Credential=local/20261121/us-east-2/" + name + "/aws4_request, SignedHeaders=host, Signature=0"
}

func TestEndpointTellsServicesApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path string
		header             http.Header
		status             int
		want               string // the body, or a part of it
		served             []string
	}{
		{name: "the pool's API", method: "POST", path: "/", header: http.Header{"X-Amz-Target": {"AWSCognitoIdentityProviderService.SignUp"}}, status: 200, want: "pool"},
		{name: "a hosted page", method: "GET", path: "/login", status: 200, want: "pool"},
		{name: "by target", method: "POST", path: "/", header: http.Header{"X-Amz-Target": {"TrentService.Decrypt"}}, status: 200, want: "kms", served: []string{"kms"}},
		{name: "by the signature's scope", method: "POST", path: "/", header: http.Header{"Authorization": {signature("sns")}}, status: 200, want: "sns", served: []string{"sns"}},
		{name: "SES by path", method: "POST", path: "/v2/email/outbound-emails", status: 200, want: "ses", served: []string{"ses"}},
		{name: "Invoke by path, unsigned", method: "POST", path: "/2015-03-31/functions/pre-signup/invocations", status: 200, want: "lambda", served: []string{"lambda"}},
		{name: "a person in a browser", method: "GET", path: "/", status: 200, want: "Served: cognito-idp, kms, lambda, ses, sns."},
		{
			name: "a JSON service that is not here", method: "POST", path: "/", header: http.Header{"Authorization": {signature("ssm")}},
			status: 404, want: `"message":"The local fleet does not serve ssm. It serves: cognito-idp, kms, lambda, ses, sns."`,
		},
		{
			name: "a query service that is not here", method: "POST", path: "/",
			header: http.Header{"Authorization": {signature("sts")}, "Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}},
			status: 404, want: "<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code><Message>The local fleet does not serve sts.",
		},
		{
			name: "S3 is not here", method: "GET", path: "/bucket/key", header: http.Header{"Authorization": {signature("s3")}},
			status: 501, want: "<Error><Code>NotImplemented</Code><Message>The local fleet does not serve s3.",
		},
		{name: "something else altogether", method: "GET", path: "/etc/passwd", status: 404, want: "does not serve GET /etc/passwd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var served []string
			e := &endpoint.Endpoint{Pool: pool{}, Served: func(s string) { served = append(served, s) }, Services: map[string]http.Handler{
				"kms": service("kms"), "sns": service("sns"), "ses": service("ses"), "lambda": service("lambda"),
			}}
			r := httptest.NewRequestWithContext(t.Context(), tt.method, "http://localhost:4566"+tt.path, nil)
			for name, values := range tt.header {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%s %s = %d %s, want %d with %s", tt.method, tt.path, w.Code, w.Body, tt.status, tt.want)
			}
			if diff := cmp.Diff(tt.served, served); diff != "" {
				t.Errorf("served (-want +got):\n%s", diff)
			}
		})
	}
}

// client is DynamoDB's own client against a handler.
func client(t *testing.T, h http.Handler) *dynamodb.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

func TestDynamoDBIsPassedOn(t *testing.T) {
	t.Parallel()
	var target, path string
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, path = r.Header.Get("X-Amz-Target"), r.URL.Path
		_, _ = io.WriteString(w, `{"TableNames":["profiles"]}`)
	}))
	defer engine.Close()
	proxy, err := endpoint.DynamoDB(engine.URL)
	if err != nil {
		t.Fatal(err)
	}
	out, err := client(t, proxy).ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"profiles"}, out.TableNames); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	if target != "DynamoDB_20120810.ListTables" || path != "/" {
		t.Errorf("the engine saw %s at %s", target, path)
	}
}

func TestDynamoDBThatIsDownIsAnInternalServerError(t *testing.T) {
	t.Parallel()
	engine := httptest.NewServer(http.NotFoundHandler())
	engine.Close()
	proxy, err := endpoint.DynamoDB(engine.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client(t, proxy).ListTables(context.Background(), &dynamodb.ListTablesInput{})
	var down *types.InternalServerError
	if !errors.As(err, &down) || !strings.Contains(down.ErrorMessage(), "does not answer") {
		t.Errorf("ListTables = %v, want InternalServerError", err)
	}
	if _, err := endpoint.DynamoDB("http://bad host"); err == nil {
		t.Error("DynamoDB of a bad address = nil, want an error")
	}
}
