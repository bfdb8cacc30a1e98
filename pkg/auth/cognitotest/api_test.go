package cognitotest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/auth/cognitotest"
)

// post calls the API as a browser does: without credentials.
func (p *pool) post(t testing.TB, operation, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := p.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

func TestErrorShape(t *testing.T) {
	t.Parallel()
	res, body := newPool(t).post(t, "InitiateAuth", `{"ClientId":"`+clientID+`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"a@b.c","PASSWORD":"x"}}`, nil)
	if res.StatusCode != http.StatusBadRequest || body != `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}` {
		t.Errorf("answer = %d %s", res.StatusCode, body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amzn-ErrorType": "NotAuthorizedException:", "X-Amzn-ErrorMessage": "Incorrect username or password.",
		"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if id := res.Header.Get("X-Amzn-RequestId"); len(id) != 36 {
		t.Errorf("X-Amzn-RequestId = %q, want a UUID", id)
	}
}

func TestRequestsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, operation, body, want string }{
		{"no JSON", "SignUp", `{`, `{"__type":"SerializationException","message":"Start of structure or map found where not expected."}`},
		{"a number for text", "SignUp", `{"Username":7}`, `{"__type":"SerializationException","message":"Start of structure or map found where not expected."}`},
		{"an unknown operation", "SetUICustomization", `{}`, `{"__type":"UnknownOperationException","message":"The operation SetUICustomization is not one that this user pool answers."}`},
		{"too much", "SignUp", `{"Username":"` + strings.Repeat("x", 2<<20) + `"}`, `{"__type":"SerializationException","message":"The request body is too large or was cut off."}`},
		{
			"everything missing", "ConfirmSignUp", `{}`, `{"__type":"InvalidParameterException","message":"3 validation errors detected: ` +
				`Value null at 'clientId' failed to satisfy constraint: Member must not be null; Value null at 'username' failed to satisfy constraint: Member must not be null; ` +
				`Value null at 'confirmationCode' failed to satisfy constraint: Member must not be null"}`,
		},
		{
			"one missing", "ResendConfirmationCode", `{"ClientId":"` + clientID + `"}`,
			`{"__type":"InvalidParameterException","message":"1 validation error detected: Value null at 'username' failed to satisfy constraint: Member must not be null"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res, body := newPool(t).post(t, tt.operation, tt.body, nil)
			if res.StatusCode != http.StatusBadRequest || body != tt.want {
				t.Errorf("%s %.40s: %d %s, want 400 %s", tt.operation, tt.body, res.StatusCode, body, tt.want)
			}
		})
	}
}

func TestMethodsOfTheAPI(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/", nil)
	ok(t, "NewRequest", err)
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.GetUser")
	res, err := p.http.Do(req)
	ok(t, "GET", err)
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest || res.Header.Get("X-Amzn-ErrorType") != "UnknownOperationException:" {
		t.Errorf("GET of an operation: %d %s, want 400 UnknownOperationException", res.StatusCode, res.Header.Get("X-Amzn-ErrorType"))
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for _, path := range []string{"/", "/cognito/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, p.url+path, nil)
		ok(t, "NewRequest", err)
		req.Header.Set("Origin", "http://localhost:8787")
		req.Header.Set("Access-Control-Request-Method", "POST")
		req.Header.Set("Access-Control-Request-Headers", "cache-control,content-type,x-amz-target,x-amz-user-agent")
		res, err := p.http.Do(req)
		ok(t, "OPTIONS", err)
		res.Body.Close()
		h := res.Header
		if res.StatusCode != http.StatusOK || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Methods") != "POST" ||
			h.Get("Access-Control-Allow-Headers") != "cache-control,content-type,x-amz-target,x-amz-user-agent" || h.Get("Access-Control-Max-Age") != "172800" {
			t.Errorf("OPTIONS %s: %d %v", path, res.StatusCode, h)
		}
	}
}

func TestOwns(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	tests := []struct {
		name, method, path, target string
		want                       bool
	}{
		{name: "its operations", method: "POST", path: "/", target: "AWSCognitoIdentityProviderService.SignUp", want: true},
		{name: "its unknown operations", method: "POST", path: "/", target: "AWSCognitoIdentityProviderService.Nope", want: true},
		{name: "not another service's operations", method: "POST", path: "/", target: "DynamoDB_20120810.GetItem"},
		{name: "its keys", method: "GET", path: "/" + poolID + "/.well-known/jwks.json", want: true},
		{name: "its hosted pages", method: "GET", path: "/oauth2/authorize", want: true},
		{name: "its token endpoint's preflight", method: "OPTIONS", path: "/oauth2/token", want: true},
		{name: "not another pool's keys", method: "GET", path: "/us-east-2_Other/.well-known/jwks.json"},
		{name: "not other paths", method: "GET", path: "/bucket/key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, p.url+tt.path, nil)
			ok(t, "NewRequest", err)
			if tt.target != "" {
				req.Header.Set("X-Amz-Target", tt.target)
			}
			if got := p.server.Owns(req); got != tt.want {
				t.Errorf("Owns(%s %s %s) = %t, want %t", tt.method, tt.path, tt.target, got, tt.want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.server.Inject(cognitotest.Fault{Operation: "SignUp", Times: 2, Code: "TooManyRequestsException", Message: "Rate exceeded", Status: http.StatusTooManyRequests})
	p.server.Inject(cognitotest.Fault{Code: "InternalErrorException", Message: "Something went wrong", Status: http.StatusInternalServerError})
	signUp := `{"ClientId":"` + clientID + `","Username":"` + email + `","Password":"` + password + `"}`
	for n, want := range []int{429, 429, 500, 500} {
		if res, body := p.post(t, "SignUp", signUp, nil); res.StatusCode != want {
			t.Errorf("call %d: %d %s, want %d", n+1, res.StatusCode, body, want)
		}
	}
	p.server.Heal()
	if res, body := p.post(t, "SignUp", signUp, nil); res.StatusCode != http.StatusOK {
		t.Errorf("after Heal: %d %s, want 200", res.StatusCode, body)
	}
}

func TestFaultDelay(t *testing.T) {
	set := sharedKeys()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, func(c *configuration) { c.Keys = &set })
		p.confirmed(t, email)
		p.server.Inject(cognitotest.Fault{Operation: "AdminGetUser", Times: 1, Delay: time.Hour})
		p.server.Inject(cognitotest.Fault{Operation: "AdminGetUser", Delay: 6 * time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := p.tryGet(ctx)
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; err == nil {
			t.Error("a caller that gave up got an answer")
		}
		start := time.Now()
		if _, err := p.tryGet(t.Context()); err != nil || time.Since(start) != 6*time.Second {
			t.Errorf("a delayed call: %v after %v, want an answer after 6s", err, time.Since(start))
		}
	})
}

// FuzzAPI sends every operation bodies that nobody planned: whatever comes, the
// answer is JSON and not the server's fault.
func FuzzAPI(f *testing.F) {
	p := newPool(f)
	operations := []string{
		"SignUp", "ConfirmSignUp", "InitiateAuth", "RespondToAuthChallenge", "GetUser", "UpdateUserAttributes", "VerifySoftwareToken", "ListUsers",
		"AdminCreateUser", "AdminLinkProviderForUser", "AdminUpdateUserAttributes", "GetTokensFromRefreshToken", "RevokeToken", "ChangePassword",
	}
	f.Add(uint8(0), `{"ClientId":"`+clientID+`","Username":"a@b.c","Password":"Correct-Horse-9","UserAttributes":[{"Name":"name","Value":"x"}]}`)
	f.Add(uint8(2), `{"ClientId":"`+clientID+`","AuthFlow":"USER_SRP_AUTH","AuthParameters":{"USERNAME":"a@b.c","SRP_A":"ff"}}`)
	f.Add(uint8(3), `{"ClientId":"`+clientID+`","ChallengeName":"PASSWORD_VERIFIER","ChallengeResponses":{"USERNAME":"x"}}`)
	f.Add(uint8(7), `{"UserPoolId":"`+poolID+`","Filter":"email ^= \"a\"","Limit":1}`)
	f.Add(uint8(9), `{"UserPoolId":"`+poolID+`","SourceUser":{"ProviderName":"Google"}}`)
	f.Add(uint8(4), `[]`)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		name := operations[int(which)%len(operations)]
		res, got := p.post(t, name, body, map[string]string{"Authorization": "AWS4-HMAC-SHA256 test"})
		if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s %q: status %d %s, want 200 or 400", name, body, res.StatusCode, got)
		}
		if !strings.HasPrefix(got, "{") {
			t.Errorf("%s %q: answer %q is no object", name, body, got)
		}
	})
}
