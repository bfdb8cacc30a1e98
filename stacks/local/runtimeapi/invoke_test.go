package runtimeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/runtimeapi"
)

func TestInvokeOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		behaviour string
		payload   string
		timeout   time.Duration
		want      runtimeapi.Outcome
		wantType  string
		wantError string // "ID" stands for the request id
	}{
		{name: "an answer comes back as it is", behaviour: "pid", want: runtimeapi.OK},
		{name: "an error's text is the handler's own", behaviour: "error", want: runtimeapi.Failed, wantType: "errorString", wantError: "TOS_NOT_ACCEPTED"},
		{name: "a panic is reported before the process ends", behaviour: "panic", want: runtimeapi.Failed, wantType: "errorString", wantError: "out of cheese"},
		{name: "an exit is a crash", behaviour: "exit", want: runtimeapi.Crashed, wantType: "Runtime.ExitError", wantError: "RequestId: ID Error: Runtime exited with error: exit status 2"},
		{name: "an exit without an error is a crash too", behaviour: "exit0", want: runtimeapi.Crashed, wantType: "Runtime.ExitError", wantError: "RequestId: ID Error: Runtime exited without providing a reason"},
		{name: "a kill from outside is a crash", behaviour: "suicide", want: runtimeapi.Crashed, wantType: "Runtime.ExitError", wantError: "RequestId: ID Error: Runtime exited with error: signal: killed"},
		{name: "a hang ends at the timeout", behaviour: "hang", timeout: 200 * time.Millisecond, want: runtimeapi.TimedOut, wantType: "Sandbox.Timedout", wantError: "RequestId: ID Error: Task timed out after 0.20 seconds"},
		{name: "an exit during init is reported after a second try", behaviour: "init-exit", want: runtimeapi.InitError, wantType: "Runtime.ExitError", wantError: "RequestId: ID Error: Runtime exited with error: exit status 3"},
		{name: "an init error that the function posts is kept", behaviour: "init-post", want: runtimeapi.InitError, wantType: "Config", wantError: "TABLE_BOTS is missing"},
		{name: "an answer at the limit goes through", behaviour: "big", payload: "6291556", want: runtimeapi.OK},
		{name: "an answer over the limit does not", behaviour: "big", payload: "6291557", want: runtimeapi.Failed, wantType: "Function.ResponseSizeTooLarge", wantError: "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes)."},
	}
	h := newHost(t, runtimeapi.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := function(tt.behaviour)
			if tt.timeout > 0 {
				f.Timeout = tt.timeout
			}
			set(t, h, f)

			r := invoke(t, h, tt.behaviour, or(tt.payload, "{}"))

			if r.Outcome != tt.want {
				t.Errorf("%s: outcome = %q, want %q", tt.behaviour, r.Outcome, tt.want)
			}
			wantError := strings.ReplaceAll(tt.wantError, "ID", r.RequestID)
			if r.ErrorType != tt.wantType || r.ErrorMessage != wantError {
				t.Errorf("%s: error = %q %q, want %q %q", tt.behaviour, r.ErrorType, r.ErrorMessage, tt.wantType, wantError)
			}
			if failed := tt.want != runtimeapi.OK; (r.FunctionError == "Unhandled") != failed {
				t.Errorf("%s: FunctionError = %q, failed = %v", tt.behaviour, r.FunctionError, failed)
			}
			if tt.want != runtimeapi.OK {
				checkErrorPayload(t, r)
			}
		})
	}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// checkErrorPayload holds the payload against what the result says of it.
func checkErrorPayload(t *testing.T, r runtimeapi.Result) {
	t.Helper()
	var got struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatalf("payload %s: %v", r.Payload, err)
	}
	if got.ErrorType != r.ErrorType || got.ErrorMessage != r.ErrorMessage {
		t.Errorf("payload = %+v, want type %q and message %q", got, r.ErrorType, r.ErrorMessage)
	}
}

func TestMemoryIsMeasuredHoweverTheInvocationEnds(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	for _, behaviour := range []string{"pid", "error", "exit", "hang"} {
		f := function(behaviour)
		f.Timeout = 200 * time.Millisecond
		set(t, h, f)

		if r := invoke(t, h, behaviour, "{}"); !plausible(r.MaxMemory) {
			t.Errorf("%s: memory = %d bytes, want some megabytes", behaviour, r.MaxMemory)
		}
	}
}

// plausible reports whether a process can have held n bytes. Only Linux tells
// of a process that still runs.
func plausible(n int64) bool {
	return n > 1<<20 && n < 1<<30 || n == 0 && runtime.GOOS != "linux"
}

func TestMissingBinaryNamesThePath(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, runtimeapi.Function{Name: "ghost", Binary: "/nowhere/bootstrap"})

	r := invoke(t, h, "ghost", "{}")

	if r.ErrorType != "Runtime.InvalidEntrypoint" || !strings.Contains(r.ErrorMessage, "/nowhere/bootstrap") {
		t.Errorf("error = %q %q, want Runtime.InvalidEntrypoint with the path", r.ErrorType, r.ErrorMessage)
	}
	if !strings.Contains(r.LogTail, "REPORT RequestId: "+r.RequestID) {
		t.Errorf("log = %q, want a REPORT line", r.LogTail)
	}
}

func TestInitTimeoutIsRetriedWithinTheInvocation(t *testing.T) {
	t.Parallel()
	var j journal
	h := newHost(t, runtimeapi.Options{InitTimeout: 100 * time.Millisecond, Log: j.log})
	f := function("init-hang")
	f.Timeout = 200 * time.Millisecond
	set(t, h, f)

	r := invoke(t, h, "init-hang", "{}")

	if r.Outcome != runtimeapi.TimedOut || r.Duration < f.Timeout {
		t.Errorf("outcome = %q after %v, want %q after %v", r.Outcome, r.Duration, runtimeapi.TimedOut, f.Timeout)
	}
	for _, phase := range []string{"init", "invoke"} {
		want := "\tPhase: " + phase + "\tStatus: timeout"
		if !slices.ContainsFunc(j.all(), func(l runtimeapi.Line) bool { return strings.HasSuffix(l.Text, want) }) {
			t.Errorf("no log line ends in %q", want)
		}
	}
}

func TestSecondInitCanHealTheFirst(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("init-once", "MARK="+t.TempDir()+"/mark"))

	r := invoke(t, h, "init-once", `{"a":1}`)

	if r.Outcome != runtimeapi.OK || !r.Cold || r.InitDuration != 0 {
		t.Errorf("outcome = %q, cold = %v, init = %v; want ok, cold, and an init that counts as duration", r.Outcome, r.Cold, r.InitDuration)
	}
}

func TestFunctionRecoversAfterEachFailure(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"exit", "panic", "error", "hang"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, runtimeapi.Options{})
			f := function("obey")
			f.Timeout = 300 * time.Millisecond
			set(t, h, f)

			broken := invoke(t, h, "obey", `"`+how+`"`)
			r := invoke(t, h, "obey", `"answer"`)

			if broken.Outcome == runtimeapi.OK || r.Outcome != runtimeapi.OK {
				t.Errorf("outcomes after %q = %q then %q, want a failure then ok", how, broken.Outcome, r.Outcome)
			}
			if survives := how == "error"; r.Cold == survives {
				t.Errorf("cold after %q = %v, want %v", how, r.Cold, !survives)
			}
		})
	}
}

func TestFunctionSeesItsContext(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	f := function("context")
	f.Timeout = 7 * time.Second
	set(t, h, f)

	r := invoke(t, h, "context", "{}")

	var got struct {
		ARN, ID, Trace string
		Left           float64
	}
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatalf("payload %s: %v", r.Payload, err)
	}
	if want := "arn:aws:lambda:us-east-2:000000000000:function:context"; got.ARN != want {
		t.Errorf("ARN = %q, want %q", got.ARN, want)
	}
	if got.ID != r.RequestID || len(got.ID) != 36 {
		t.Errorf("request id = %q, want the result's %q", got.ID, r.RequestID)
	}
	if got.Left < 6 || got.Left > 7 {
		t.Errorf("time left = %.2f s, want just under 7", got.Left)
	}
	if !strings.HasPrefix(got.Trace, "Root=1-") {
		t.Errorf("trace = %q, want Root=1-…", got.Trace)
	}
}

func TestEnvironmentHoldsNothingElse(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", "of the developer's shell")
	h := newHost(t, runtimeapi.Options{})
	f := function("env", "TABLE_BOTS=bots", "AWS_REGION=eu-west-1", "AWS_LAMBDA_FUNCTION_NAME=forged")
	f.MemoryMB = 256
	set(t, h, f)

	var env []string
	if err := json.Unmarshal(invoke(t, h, "env", "{}").Payload, &env); err != nil {
		t.Fatal(err)
	}

	var names []string
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{
		"AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
		"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
		"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"BEHAVIOUR", "HOME", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG", "PATH", "TABLE_BOTS", "TZ",
		"_HANDLER", "_X_AMZN_TRACE_ID",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names in the environment (-want +got):\n%s", diff)
	}
	for _, want := range []string{"TABLE_BOTS=bots", "AWS_REGION=eu-west-1", "AWS_LAMBDA_FUNCTION_NAME=env", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256"} {
		if !slices.Contains(env, want) {
			t.Errorf("environment lacks %q: %q", want, env)
		}
	}
}

func TestInvokeRefusals(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("pid"))
	tests := []struct {
		name    string
		fn      string
		payload []byte
		want    error
	}{
		{name: "an unknown function", fn: "nobody", want: runtimeapi.ErrNotFound},
		{name: "an unknown version", fn: "pid:7", want: runtimeapi.ErrNotFound},
		{name: "an event over 6 MB", fn: "pid", payload: make([]byte, 6<<20+1), want: runtimeapi.ErrTooLarge},
		{name: "its ARN is a name", fn: runtimeapi.ARN("pid"), payload: []byte("{}")},
		{name: "its latest version is a name", fn: "pid:$LATEST", payload: []byte("{}")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := h.Invoke(t.Context(), tt.fn, tt.payload)

			if !errors.Is(err, tt.want) {
				t.Errorf("Invoke(%s, %d bytes) = %v, want %v", tt.fn, len(tt.payload), err, tt.want)
			}
		})
	}
}

func TestSetRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give runtimeapi.Function
	}{
		{name: "no name", give: runtimeapi.Function{Binary: os.Args[0]}},
		{name: "an ARN for a name", give: runtimeapi.Function{Name: runtimeapi.ARN("pid"), Binary: os.Args[0]}},
		{name: "an environment entry without a value", give: runtimeapi.Function{Name: "pid", Binary: os.Args[0], Env: []string{"TABLE_BOTS"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := newHost(t, runtimeapi.Options{}).Set(tt.give); err == nil {
				t.Errorf("Set(%+v) = nil, want an error", tt.give)
			}
		})
	}
}

func TestCallerThatLeavesDoesNotStopTheFunction(t *testing.T) {
	t.Parallel()
	ended := make(chan runtimeapi.Event, 1)
	h := newHost(t, runtimeapi.Options{Observe: func(e runtimeapi.Event) {
		if e.Outcome != runtimeapi.Running {
			ended <- e
		}
	}})
	g := newGate(t)
	set(t, h, function("call"))
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := h.Invoke(ctx, "call", []byte(`"`+g.url+`"`)); left <- err }()
	receive(t, "the function's call", g.asked)

	leave()

	if err := receive(t, "the caller's leave", left); !errors.Is(err, context.Canceled) {
		t.Errorf("Invoke() = %v, want context.Canceled", err)
	}
	g.say <- "done"
	if e := receive(t, "the function's end", ended); e.Outcome != runtimeapi.OK {
		t.Errorf("outcome = %q, want %q", e.Outcome, runtimeapi.OK)
	}
}

func TestObserveTellsOfBothEnds(t *testing.T) {
	t.Parallel()
	var events []runtimeapi.Event
	h := newHost(t, runtimeapi.Options{Observe: func(e runtimeapi.Event) { events = append(events, e) }})
	set(t, h, function("error"))

	first := invoke(t, h, "error", "{}")
	second := invoke(t, h, "error", "{}")

	want := []runtimeapi.Event{
		{Function: "error", RequestID: first.RequestID, Outcome: runtimeapi.Running, Cold: true, MemoryMB: 128},
		{Function: "error", RequestID: first.RequestID, Outcome: runtimeapi.Failed, Cold: true, MemoryMB: 128, ErrorType: "errorString", Error: "TOS_NOT_ACCEPTED"},
		{Function: "error", RequestID: second.RequestID, Outcome: runtimeapi.Running, MemoryMB: 128},
		{Function: "error", RequestID: second.RequestID, Outcome: runtimeapi.Failed, MemoryMB: 128, ErrorType: "errorString", Error: "TOS_NOT_ACCEPTED"},
	}
	measured := cmp.FilterPath(func(p cmp.Path) bool {
		return slices.Contains([]string{".Start", ".Duration", ".InitDuration", ".MaxMemory"}, p.Last().String())
	}, cmp.Ignore())
	if diff := cmp.Diff(want, events, measured); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	cold := events[1]
	if cold.Duration <= 0 || cold.InitDuration <= 0 || cold.Start.IsZero() || !plausible(cold.MaxMemory) {
		t.Errorf("a cold invocation's end = %+v, want its times and memory", cold)
	}
	if events[3].InitDuration != 0 {
		t.Errorf("a warm invocation's init = %v, want 0", events[3].InitDuration)
	}
}
