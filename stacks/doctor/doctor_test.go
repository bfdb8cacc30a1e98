package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

var production = stage.Stage{Name: "prod", Region: "us-east-2"}

// pool is a live one, as Cognito describes it.
type pool struct {
	pool   types.UserPoolType
	client types.UserPoolClientType
}

func (p pool) DescribeUserPool(context.Context, *cognitoidentityprovider.DescribeUserPoolInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolOutput, error) {
	return &cognitoidentityprovider.DescribeUserPoolOutput{UserPool: &p.pool}, nil
}

func (p pool) DescribeUserPoolClient(context.Context, *cognitoidentityprovider.DescribeUserPoolClientInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolClientOutput, error) {
	return &cognitoidentityprovider.DescribeUserPoolClientOutput{UserPoolClient: &p.client}, nil
}

// template is what a synthesis writes of the pool.
const template = `{"Resources":{
"Pool":{"Type":"AWS::Cognito::UserPool","Properties":{"UserPoolName":"callanalyst-prod-people","LambdaConfig":{"KMSKeyID":{"Ref":"k"}},
 "Schema":[{"Name":"email"},{"Name":"tos_version"}],"UserPoolTier":"ESSENTIALS","MfaConfiguration":"OPTIONAL","DeletionProtection":"ACTIVE"}},
"Client":{"Type":"AWS::Cognito::UserPoolClient","Properties":{"WriteAttributes":["name","email"],"ReadAttributes":["email"],"AllowedOAuthFlows":["code"],
 "ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH"],"CallbackURLs":["https://callanalyst.app/"],"PreventUserExistenceErrors":"ENABLED"}},
"Role":{"Type":"AWS::IAM::Role","Properties":{}}}}`

func wanted(t *testing.T, text string) (facts, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "AuthStack.template.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readTemplate(dir, production)
}

// healthy is the pool that the template describes.
func healthy(t *testing.T) pool {
	t.Helper()
	config := &types.LambdaConfigType{KMSKeyID: aws.String("arn:aws:kms:us-east-2:1:key/k")}
	arn := func(name string) *string {
		return aws.String("arn:aws:lambda:us-east-2:1:function:callanalyst-prod-" + name)
	}
	for _, f := range fleet.Functions() {
		switch f.Trigger.Cognito {
		case "PreSignUp":
			config.PreSignUp = arn(f.Name)
		case "PostConfirmation":
			config.PostConfirmation = arn(f.Name)
		case "UserMigration":
			config.UserMigration = arn(f.Name)
		case "CustomEmailSender":
			config.CustomEmailSender = &types.CustomEmailLambdaVersionConfigType{LambdaArn: arn(f.Name)}
		}
	}
	return pool{
		types.UserPoolType{
			LambdaConfig: config, UserPoolTier: types.UserPoolTierTypeEssentials, MfaConfiguration: types.UserPoolMfaTypeOptional,
			DeletionProtection: types.DeletionProtectionTypeActive,
			SchemaAttributes:   []types.SchemaAttributeType{{Name: aws.String("email")}, {Name: aws.String("custom:tos_version")}},
		},
		types.UserPoolClientType{
			WriteAttributes: []string{"email", "name"}, ReadAttributes: []string{"email"}, CallbackURLs: []string{"https://callanalyst.app/"},
			AllowedOAuthFlows: []types.OAuthFlowType{types.OAuthFlowTypeCode}, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH"},
			PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled,
		},
	}
}

func TestWhatWasLostIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(*pool)
		want  string // "" when all is well
	}{
		{"all is well", func(*pool) {}, ""},
		{"every trigger is gone", func(p *pool) { p.pool.LambdaConfig = nil }, "trigger PostConfirmation"},
		{"one trigger is gone", func(p *pool) { p.pool.LambdaConfig.PreSignUp = nil }, "callanalyst-prod-pre-signup  nothing"},
		{"one calls another function", func(p *pool) { p.pool.LambdaConfig.PreSignUp = aws.String("arn:aws:lambda:x:1:function:other") }, "other"},
		{"one that nobody put there", func(p *pool) { p.pool.LambdaConfig.CustomMessage = aws.String("arn:aws:lambda:x:1:function:other") }, "trigger CustomMessage"},
		{"the e-mail sender is gone", func(p *pool) { p.pool.LambdaConfig.CustomEmailSender = nil }, "trigger CustomEmailSender"},
		{"the key is gone", func(p *pool) { p.pool.LambdaConfig.KMSKeyID = nil }, "key of the codes"},
		{"a browser may write too much", func(p *pool) { p.client.WriteAttributes = append(p.client.WriteAttributes, "custom:tos_version") }, "client may write"},
		{"the implicit grant", func(p *pool) { p.client.AllowedOAuthFlows = append(p.client.AllowedOAuthFlows, "implicit") }, "code implicit"},
		{"an open return address", func(p *pool) { p.client.CallbackURLs = []string{"https://example.com"} }, "https://example.com"},
		{"an attribute is missing", func(p *pool) { p.pool.SchemaAttributes = nil }, "attribute custom:tos_version"},
		{"no deletion protection", func(p *pool) { p.pool.DeletionProtection = "" }, "INACTIVE"},
		{"it tells who exists", func(p *pool) { p.client.PreventUserExistenceErrors = "LEGACY" }, "LEGACY"},
	} {
		want, err := wanted(t, template)
		if err != nil {
			t.Fatal(err)
		}
		p := healthy(t)
		tt.spoil(&p)
		live, err := describe(t.Context(), p, "us-east-2_x", "client")
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err = report(&out, compare(want, live))
		var differs errDiffers
		if errors.As(err, &differs) != (tt.want != "") || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: error = %v, want %q in\n%s", tt.name, err, tt.want, out.String())
		}
	}
}

func TestTheTemplatesOfAnotherStageAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := wanted(t, strings.ReplaceAll(template, "callanalyst-prod", "callanalyst-dev")); err == nil || !strings.Contains(err.Error(), "STAGE=prod") {
		t.Errorf("error = %v, want one that says how to synthesise the right stage", err)
	}
	if _, err := wanted(t, "{"); err == nil {
		t.Error("a broken template is read")
	}
	if _, err := readTemplate(t.TempDir(), production); err == nil || !strings.Contains(err.Error(), "task synth") {
		t.Errorf("error = %v, want one that says what writes the template", err)
	}
}

// answers is a transport that gives every request one answer.
type answers struct {
	status int
	body   string
	asked  *string
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	*a.asked = r.URL.String()
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func TestOutputsAreWhatTheAppReads(t *testing.T) {
	t.Parallel()
	const keys = `{"keys":[{"kid":"k1","kty":"RSA"}]}`
	staging := stage.Stage{Name: "staging", Region: "us-east-2"}
	made := outputs{
		"AuthStack-staging": {"UserPoolId": "us-east-2_x", "UserPoolClientId": "c", "UserPoolDomain": "https://d", "ExportsOutput": "no"},
		"ApiStack-staging":  {"ApiUrl": "https://api/"}, "EdgeStack-staging": {"SiteUrl": "https://site"},
	}
	for _, tt := range []struct {
		name, body string
		status     int
		ok         bool
	}{
		{"a key set", keys, 200, true},
		{"an error page", "<html>", 200, false},
		{"an empty set", `{"keys":[]}`, 200, false},
		{"a refusal with a key set", keys, 404, false},
	} {
		root := t.TempDir()
		asked := ""
		err := writeOutputs(t.Context(), io.Discard, root, staging, made, "https://cognito-idp.us-east-2.amazonaws.com", &http.Client{Transport: answers{tt.status, tt.body, &asked}})
		if (err == nil) != tt.ok {
			t.Errorf("%s: error = %v", tt.name, err)
		}
		if asked != "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_x/.well-known/jwks.json" {
			t.Errorf("%s: asked %s", tt.name, asked)
		}
		kept, err := os.ReadFile(filepath.Join(root, "stacks/aws/keys/staging.json"))
		if (err == nil) != tt.ok || (tt.ok && string(kept) != keys) {
			t.Errorf("%s: kept %q, %v", tt.name, kept, err)
		}
		text, err := os.ReadFile(filepath.Join(root, "cdk-outputs.json"))
		if err != nil || strings.Contains(string(text), "ExportsOutput") || !strings.Contains(string(text), `"UserPoolId": "us-east-2_x"`) {
			t.Errorf("%s: cdk-outputs.json = %s, %v", tt.name, text, err)
		}
	}
}

func TestAStageThatWasNotDeployedSaysSo(t *testing.T) {
	t.Parallel()
	if _, err := readOutputs(t.TempDir(), production); err == nil || !strings.Contains(err.Error(), "STAGE=prod go tool task deploy") {
		t.Errorf("error = %v, want the command that deploys", err)
	}
}
