package stack_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/stack"
)

// TestTheWholeFleet starts the manifest's own fleet twice, side by side, and
// looks at it from outside. It counts processes, so nothing runs beside it.
func TestTheWholeFleet(t *testing.T) {
	root := dynamotest.Root(t)
	home := filepath.Join(root, ".local", "stacktest")
	var mu sync.Mutex
	var steps []stack.Step
	plan := stack.Plan{Root: root, Home: home, Watch: true, Functions: fleet.Functions(), Tell: func(s stack.Step) {
		mu.Lock()
		defer mu.Unlock()
		steps = append(steps, s)
	}}
	first := start(t, plan)
	second := start(t, plan)

	for _, s := range []*stack.Stack{first, second} {
		checkHealth(t, s)
		checkConsole(t, s)
	}
	checkOutputs(t, home, second)
	if len(steps) == 0 {
		t.Error("the start told of no step")
	}
	for _, a := range first.Addresses() {
		if slices.Contains(second.Addresses(), a) {
			t.Errorf("both fleets are at %s", a.URL)
		}
	}
	if status, _ := signUp(t, first, "ada@example.com"); status != 200 {
		t.Errorf("sign-up at the first fleet = %d", status)
	}
	if status, _ := signUp(t, second, "ada@example.com"); status != 200 {
		t.Errorf("the same sign-up at the second fleet = %d: they share their users", status)
	}

	stop(t, first)
	checkHealth(t, second)
	killDatabase(t)
	until(t, "healthz names the database as down", func() bool {
		status, body := call(t, http.MethodGet, second.URL("edge")+"/healthz", "")
		return status == 503 && strings.Contains(body, `"name":"dynamodb","status":"down"`)
	})
	stop(t, second)
	if left := children(t); len(left) != 0 {
		t.Errorf("processes after Stop: %+v", left)
	}
	stop(t, second) // once more does no harm
}

// killDatabase kills the one engine that still runs.
func killDatabase(t *testing.T) {
	t.Helper()
	for _, c := range children(t) {
		if strings.Contains(c.command, "dynoxide") {
			if err := syscall.Kill(c.pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no engine among %+v", children(t))
}

func checkHealth(t *testing.T, s *stack.Stack) {
	t.Helper()
	status, body := call(t, http.MethodGet, s.URL("edge")+"/healthz", "")
	if status != 200 || !strings.Contains(body, `"name":"dynamodb","status":"ok"`) {
		t.Errorf("healthz = %d %s", status, body)
	}
}

func checkConsole(t *testing.T, s *stack.Stack) {
	t.Helper()
	status, body := call(t, http.MethodGet, s.URL("edge")+"/_local/state", "")
	var state console.State
	if err := json.Unmarshal([]byte(body), &state); err != nil || status != 200 {
		t.Fatalf("state = %d %s: %v", status, body, err)
	}
	var got, want []string
	for _, f := range state.Functions {
		got = append(got, f.Name)
	}
	for _, f := range fleet.Functions() {
		want = append(want, f.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions on the page (-want +got):\n%s", diff)
	}
	if len(state.Queues) != len(fleet.Queues()) {
		t.Errorf("%d queues on the page, want %d", len(state.Queues), len(fleet.Queues()))
	}
	for _, a := range state.Addresses {
		if status, _ := call(t, http.MethodGet, a.URL+"/", ""); status >= 500 {
			t.Errorf("%s (%s) answers %d", a.URL, a.Name, status)
		}
	}
}

func checkOutputs(t *testing.T, home string, s *stack.Stack) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(home, "outputs.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]string{
		"AuthStack": {"UserPoolId": stack.PoolID, "UserPoolClientId": stack.ClientID, "UserPoolDomain": s.URL("aws")},
		"ApiStack":  {"ApiUrl": s.URL("edge")},
		"EdgeStack": {"SiteUrl": s.URL("edge")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs.json (-want +got):\n%s", diff)
	}
}
