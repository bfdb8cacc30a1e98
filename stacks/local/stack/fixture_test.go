package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/stack"
)

// runtime is a Lambda runtime in twenty lines: what a function of these tests is
// made of, beside its answer.
const runtime = `package main

import (
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		r, err := http.Get(api + "next")
		if err != nil {
			os.Exit(1)
		}
		event, _ := io.ReadAll(r.Body)
		id := r.Header.Get("Lambda-Runtime-Aws-Request-Id")
		text, failed := answer(string(event))
		path := "/response"
		if failed {
			path, text = "/error", "{\"errorType\":\"errorString\",\"errorMessage\":\""+text+"\"}"
		}
		_, _ = http.Post(api+id+path, "application/json", strings.NewReader(text))
	}
}
`

// The answers that functions of these tests give.
const (
	echo  = `return event, false`
	fails = `return "no such luck", true`
	// settings answers its whole environment, in a proxy answer's body.
	settings = `body, _ := json.Marshal(strings.Join(os.Environ(), "\n"))
	return "{\"statusCode\":200,\"body\":" + string(body) + "}", false`
)

// repository is a small one of its own: functions with the given answers, the
// real geofence and the real engine.
func repository(t testing.TB, answers map[string]string) string {
	t.Helper()
	real, root := dynamotest.Root(t), t.TempDir()
	for _, name := range []string{"node_modules", "stacks/aws/edge/geofence.js"} {
		link := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(real, name), link); err != nil {
			t.Fatal(err)
		}
	}
	put(t, root, "go.mod", "module example.test\n\ngo 1.26\n")
	for name, body := range answers {
		function(t, root, name, body)
	}
	return root
}

func function(t testing.TB, root, name, body string) {
	t.Helper()
	put(t, root, "functions/"+name+"/main.go", runtime)
	imports := ""
	for _, p := range []string{"encoding/json", "os", "strings"} {
		if strings.Contains(body, filepath.Base(p)+".") {
			imports += "import \"" + p + "\"\n"
		}
	}
	put(t, root, "functions/"+name+"/answer.go", "package main\n\n"+imports+"\nfunc answer(event string) (string, bool) {\n\t"+body+"\n}\n")
}

func put(t testing.TB, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name) // root may be empty
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start starts the plan's fleet on free ports and stops it after the test.
func start(t testing.TB, p stack.Plan) *stack.Stack {
	t.Helper()
	if p.Functions == nil {
		p.Functions = []fleet.Function{}
	}
	s, err := stack.Start(t.Context(), p)
	if err != nil {
		t.Fatal(stack.Describe(err))
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *stack.Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// call makes a request and returns its status and body.
func call(t testing.TB, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// cognito calls an operation of the pool.
func cognito(t testing.TB, s *stack.Stack, operation string, in map[string]any) (int, map[string]any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	status, text := call(t, http.MethodPost, s.URL("aws")+"/", string(body),
		"X-Amz-Target", "AWSCognitoIdentityProviderService."+operation, "Content-Type", "application/x-amz-json-1.1",
		"Authorization", "AWS4-HMAC-SHA256 Credential=local/20261121/us-east-2/cognito-idp/aws4_request, SignedHeaders=host, Signature=0")
	out := map[string]any{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s answered %d %s", operation, status, text)
	}
	return status, out
}

func signUp(t testing.TB, s *stack.Stack, email string) (int, map[string]any) {
	t.Helper()
	return cognito(t, s, "SignUp", map[string]any{
		"ClientId": stack.ClientID, "Username": email, "Password": "Correct-horse-1",
		"UserAttributes": []map[string]string{{"Name": "email", "Value": email}},
		"ClientMetadata": map[string]string{"tos_accepted": "true", "tos_version": "2026-06-01"},
	})
}

// until looks until something is so, for at most a minute.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: still not so after a minute", what)
		}
	}
}

// child is a process that this one started.
type child struct {
	pid     int
	command string
}

// children returns this process's children.
func children(t testing.TB) []child {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	var out []child
	for _, list := range lists {
		ids, _ := os.ReadFile(list) // a thread that has ended has no children
		for id := range strings.FieldsSeq(string(ids)) {
			pid, _ := strconv.Atoi(id)
			command, _ := os.ReadFile("/proc/" + id + "/cmdline")
			out = append(out, child{pid, strings.ReplaceAll(string(command), "\x00", " ")})
		}
	}
	return out
}
