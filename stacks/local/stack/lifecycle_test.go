package stack_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/stack"
)

func TestStateComesBack(t *testing.T) {
	t.Parallel()
	root, data := repository(t, map[string]string{"mailer": fails}), filepath.Join(t.TempDir(), "data")
	plan := stack.Plan{Root: root, Data: data, Functions: []fleet.Function{
		{Name: "mailer", Trigger: fleet.Trigger{Cognito: "CustomEmailSender"}, Timeout: 5 * time.Second},
	}}
	before := start(t, plan)
	if status, _ := signUp(t, before, "ada@example.com"); status != 200 {
		t.Fatalf("sign-up = %d", status)
	}
	if _, err := before.AWS.SQS.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: "welcome", MessageBody: "hello"}); err != nil {
		t.Fatal(err)
	}
	row := map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: "u1"}}
	if _, err := dynamotest.NewClient(before.URL("aws")).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("profiles"), Item: row}); err != nil {
		t.Fatal(err)
	}
	until(t, "the mailer has failed once", func() bool { return figures(t, before, "mailer").Failures > 0 })
	if _, err := stack.Start(t.Context(), plan); err == nil || !strings.Contains(stack.Describe(err), "another fleet uses this folder") {
		t.Errorf("a second fleet on the same data = %v, want a refusal", err)
	}
	keys := jwks(t, before)
	stop(t, before)

	after := start(t, plan)
	if status, out := signUp(t, after, "ada@example.com"); status != 400 || out["__type"] != "UsernameExistsException" {
		t.Errorf("the same sign-up after the restart = %d %v, want the user to be there", status, out)
	}
	if got := jwks(t, after); got != keys {
		t.Error("the pool has other keys after the restart: every token is void")
	}
	if got := state(t, after).Queues[0].Waiting; got != 1 {
		t.Errorf("%d messages wait after the restart, want 1", got)
	}
	got, err := dynamotest.NewClient(after.URL("aws")).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("profiles"), Key: row})
	if err != nil || len(got.Item) == 0 {
		t.Errorf("the row after the restart = %v, %v", got, err)
	}
	until(t, "the event that was alive is tried again", func() bool { return figures(t, after, "mailer").Failures > 0 })
}

func jwks(t *testing.T, s *stack.Stack) string {
	t.Helper()
	_, body := call(t, http.MethodGet, s.URL("aws")+"/"+stack.PoolID+"/.well-known/jwks.json", "")
	return body
}

func TestSourcesAreWatched(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{"echo": `return "{\"statusCode\":200,\"body\":\"one\"}", false`})
	var mu sync.Mutex
	var rebuilds []stack.Step
	s := start(t, stack.Plan{Root: root, Watch: true, Functions: []fleet.Function{api("echo", nil)}, Tell: func(s stack.Step) {
		mu.Lock()
		defer mu.Unlock()
		if s.Name == "rebuild echo" {
			rebuilds = append(rebuilds, s)
		}
	}})
	answers := func(want string) func() bool {
		return func() bool { _, body := call(t, http.MethodGet, s.URL("edge")+"/api/echo", ""); return body == want }
	}
	if !answers("one")() {
		t.Fatal("the function does not answer at all")
	}
	function(t, root, "echo", `return "{\"statusCode\":200,\"body\":\"two\"}", false`)
	until(t, "the new binary answers", answers("two"))

	function(t, root, "echo", `return nothing, false`)
	until(t, "the page says that the sources do not compile", func() bool {
		return state(t, s).Functions[0].State == "stale" && strings.Contains(state(t, s).Functions[0].Rebuild.Error, "undefined: nothing")
	})
	if !answers("two")() {
		t.Error("the old binary does not answer any more")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(rebuilds) != 2 || rebuilds[0].Err != nil || rebuilds[1].Err == nil {
		t.Errorf("rebuilds = %+v, want one that worked and one that did not", rebuilds)
	}
}

func TestTroubleHasACauseAndAFix(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	busy := taken.Addr().(*net.TCPAddr).Port
	noModules := t.TempDir()
	put(t, noModules, "go.mod", "module example.test\n")
	noEngine := t.TempDir()
	put(t, noEngine, "node_modules/.keep", "")
	badFence := repository(t, nil)
	if err := os.Remove(filepath.Join(badFence, "stacks/aws/edge/geofence.js")); err != nil {
		t.Fatal(err)
	}
	put(t, badFence, "stacks/aws/edge/geofence.js", "function {")
	tests := []struct {
		name string
		plan stack.Plan
		want []string
	}{
		{name: "a port in use", plan: stack.Plan{Root: repository(t, nil), Ports: map[string]int{"inbox": busy}}, want: []string{"port", "(inbox) is in use", "-inbox", "-shift"}},
		{name: "no node_modules", plan: stack.Plan{Root: noModules}, want: []string{"node_modules is missing", "go tool task setup"}},
		{name: "no engine", plan: stack.Plan{Root: noEngine}, want: []string{"no DynamoDB engine found", "go tool task setup"}},
		{
			name: "a function that does not compile",
			plan: stack.Plan{Root: repository(t, map[string]string{"bad": `return 1`}), Functions: []fleet.Function{api("bad", nil)}},
			want: []string{"bad does not compile", "functions/bad/answer.go", "Correct the code"},
		},
		{name: "a function without a folder", plan: stack.Plan{Root: repository(t, nil), Functions: []fleet.Function{api("none", nil)}}, want: []string{"none has no folder under functions/", "pkg/fleet"}},
		{name: "a geofence that does not compile", plan: stack.Plan{Root: badFence}, want: []string{"geofence", "stacks/aws/edge/geofence.js"}},
		{name: "a figure that is none", plan: stack.Plan{Root: repository(t, nil), Latency: "p99"}, want: []string{`"p99"`, "-latency p50"}},
		{
			name: "a schedule that EventBridge refuses",
			plan: stack.Plan{Root: repository(t, map[string]string{"nightly": echo}), Functions: []fleet.Function{{Name: "nightly", Trigger: fleet.Trigger{Cron: "0 3 * * *"}}}},
			want: []string{"nightly", "not an EventBridge cron expression"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.plan.Functions == nil {
				tt.plan.Functions = []fleet.Function{}
			}
			s, err := stack.Start(t.Context(), tt.plan)
			if err == nil {
				stop(t, s)
				t.Fatal("Start = nil, want an error")
			}
			for _, want := range tt.want {
				if got := stack.Describe(err); !strings.Contains(got, want) {
					t.Errorf("the message lacks %q:\n%s", want, got)
				}
			}
		})
	}
}

// With an empty PATH there is no go, and with one that has only go there is no
// npm to mend the missing folder with.
func TestMissingToolsAreNamed(t *testing.T) {
	root := t.TempDir()
	bin := t.TempDir()
	put(t, bin, "go", "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(bin, "go"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{t.TempDir(): "the go command was not found\n→ Install Go", bin: "Node was not found"} {
		t.Setenv("PATH", path)
		_, err := stack.Start(t.Context(), stack.Plan{Root: root})
		if err == nil || !strings.Contains(stack.Describe(err), want) {
			t.Errorf("PATH=%s: %v, want %q", path, err, want)
		}
	}
}
