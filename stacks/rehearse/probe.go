package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// probe calls what was deployed, as its users would.
type probe struct {
	emulator *emulator
	stage    stage.Stage
	made     outputs
	http     *http.Client
	users    *cognitoidentityprovider.Client
	rows     *dynamodb.Client
	topics   *sns.Client
}

func newProbe(e *emulator, s stage.Stage, made outputs) *probe {
	cfg := aws.Config{Region: s.Region, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &e.url}
	return &probe{
		emulator: e, stage: s, made: made, http: &http.Client{Timeout: 30 * time.Second},
		users: cognitoidentityprovider.NewFromConfig(cfg), rows: dynamodb.NewFromConfig(cfg), topics: sns.NewFromConfig(cfg),
	}
}

func (p *probe) output(stack, name string) string { return p.made[p.stage.StackName(stack)][name] }

// keepKeys writes the pool's public keys where the next deploy finds them.
func (p *probe) keepKeys(ctx context.Context, dir string) error {
	address := p.emulator.url + "/" + p.output("AuthStack", "UserPoolId") + "/.well-known/jwks.json"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	text, status, err := p.do(req)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("fetch the pool's keys: status %d: %w", status, err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, p.stage.Name+".json"), text, 0o600)
}

// all tries everything. One failure does not keep the rest from being tried.
func (p *probe) all(ctx context.Context) []result {
	results := []result{
		p.refusedSignUp(ctx),
		p.call(ctx, "GET /api/entitlement without a token", "GET", "api/entitlement", "", "", http.StatusUnauthorized, "TOKEN_MISSING"),
	}
	token, err := p.signIn(ctx)
	if err != nil {
		return append(results, result{"sign in", "", err})
	}
	results = append(results, p.consented(ctx, token)...)
	for _, f := range fleet.Functions() {
		if f.Trigger.Every != 0 || f.Trigger.Cron != "" {
			results = append(results, p.scheduled(ctx, f))
		}
	}
	return append(results, p.bounce(ctx))
}

// refusedSignUp shows that Cognito calls the trigger's own binary: the emulator
// passes no client metadata on, so the terms are never accepted.
func (p *probe) refusedSignUp(ctx context.Context) result {
	r := result{what: "Cognito calls pre-signup, which refuses"}
	client := p.output("AuthStack", "UserPoolClientId")
	_, err := p.users.SignUp(ctx, &cognitoidentityprovider.SignUpInput{
		ClientId: &client, Username: aws.String("new@example.com"), Password: aws.String("Rehearsal-Passw0rd-1!"),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("new@example.com")}},
	})
	switch {
	case err == nil:
		r.err = errors.New("a sign-up without the terms went through")
	case !strings.Contains(err.Error(), "TOS_NOT_ACCEPTED"):
		r.err = fmt.Errorf("sign up without the terms: %w", err)
	}
	r.saw = "TOS_NOT_ACCEPTED"
	return r
}

// signIn makes a person as an operator would, and signs in as the app does.
func (p *probe) signIn(ctx context.Context) (string, error) {
	pool, client := p.output("AuthStack", "UserPoolId"), p.output("AuthStack", "UserPoolClientId")
	name, password := "dana@example.com", "Rehearsal-Passw0rd-1!"
	_, err := p.users.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &pool, Username: &name, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &name}, {Name: aws.String("email_verified"), Value: aws.String("true")}},
	})
	if err != nil {
		return "", fmt.Errorf("make a person: %w", err)
	}
	if _, err := p.users.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: &pool, Username: &name, Password: &password, Permanent: true,
	}); err != nil {
		return "", fmt.Errorf("give a password: %w", err)
	}
	out, err := p.users.InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		ClientId: &client, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
	if err != nil || out.AuthenticationResult == nil {
		return "", fmt.Errorf("sign in: no token: %w", err)
	}
	return *out.AuthenticationResult.AccessToken, nil
}

// forged changes the token's signature.
func forged(token string) string {
	i := strings.LastIndexByte(token, '.') + 1
	return token[:i] + strings.Repeat("A", len(token)-i)
}

// consented walks a person whom an operator made through the gate: the terms
// first, then the entitlement.
func (p *probe) consented(ctx context.Context, token string) []result {
	const route = "GET /api/entitlement "
	terms := fmt.Sprintf(`{"tos_version":%q}`, termsVersion())
	return []result{
		p.call(ctx, route+"with a forged token", "GET", "api/entitlement", "", forged(token), http.StatusUnauthorized, "TOKEN_INVALID"),
		p.call(ctx, route+"before the terms are accepted", "GET", "api/entitlement", "", token, http.StatusForbidden, "TOS_REQUIRED"),
		p.call(ctx, "POST /api/consent with a token", "POST", "api/consent", terms, token, http.StatusOK, "tos_version"),
		p.call(ctx, route+"with a token", "GET", "api/entitlement", "", token, http.StatusOK, `"tier"`),
	}
}

// termsVersion is the terms that the functions ask for when nothing is set.
func termsVersion() string {
	for _, s := range fleet.Settings() {
		if s.Name == "TOS_VERSION" {
			return s.Default
		}
	}
	return ""
}

// call makes a request through the emulator's API Gateway, which knows the API
// by the host's name.
func (p *probe) call(ctx context.Context, what, method, path, body, token string, status int, holds string) result {
	r := result{what: what}
	u, err := url.Parse(p.output("ApiStack", "ApiUrl"))
	if err != nil {
		r.err = err
		return r
	}
	req, err := http.NewRequestWithContext(ctx, method, p.emulator.url+u.Path+path, strings.NewReader(body))
	if err != nil {
		r.err = err
		return r
	}
	api, _, _ := strings.Cut(u.Host, ".")
	req.Host = api + ".execute-api.localhost:" + p.emulator.port
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	text, got, err := p.do(req)
	r.saw = fmt.Sprintf("%d", got)
	if err != nil || got != status || !strings.Contains(string(text), holds) {
		r.err = errors.Join(err, fmt.Errorf("answered %d %s, want %d with %s", got, text, status, holds))
	}
	return r
}

func (p *probe) do(req *http.Request) ([]byte, int, error) {
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return text, resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// scheduled reads the schedule that was deployed and invokes what it points to,
// as EventBridge does at its time. A function that needs a party outside AWS may
// say that it is not there: here it is not.
func (p *probe) scheduled(ctx context.Context, f fleet.Function) result {
	r := result{what: f.Name + ", " + f.Trigger.String() + ", fired"}
	var schedule struct {
		Target struct{ Arn string }
	}
	text, status, err := p.signed(ctx, http.MethodGet, "scheduler", "/schedules/"+p.stage.Physical(f.Name), "")
	if err != nil || status != http.StatusOK || json.Unmarshal(text, &schedule) != nil || schedule.Target.Arn == "" {
		r.err = errors.Join(err, fmt.Errorf("read its schedule: answered %d %s", status, text))
		return r
	}
	text, status, err = p.signed(ctx, http.MethodPost, "lambda", "/2015-03-31/functions/"+url.PathEscape(schedule.Target.Arn)+"/invocations", "{}")
	if err != nil || status != http.StatusOK {
		r.err = errors.Join(err, fmt.Errorf("answered %d %s", status, text))
		return r
	}
	r.saw, r.err = outcome(f, text)
	return r
}

// outcome reads what a scheduled function answered.
func outcome(f fleet.Function, text []byte) (string, error) {
	var failure struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	_ = json.Unmarshal(text, &failure) // null and a plain answer have neither
	switch {
	case failure.ErrorType == "":
		return "done", nil
	case failure.ErrorType == "Failure" && len(f.Secrets) > 0:
		return "ran, and said " + failure.ErrorMessage + ": its vendor is not here", nil
	}
	return "", fmt.Errorf("failed: %s", text)
}

// signed calls the emulator's API of a service. It does not check the signature,
// but reads the service and the region from it.
func (p *probe) signed(ctx context.Context, method, service, path, body string) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.emulator.url+path, strings.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	scope := "test/20260101/" + p.stage.Region + "/" + service + "/aws4_request"
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", SignedHeaders=host, Signature=0")
	return p.do(req)
}
