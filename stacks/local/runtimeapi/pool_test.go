package runtimeapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/runtimeapi"
)

func TestWarmProcessIsUsedAgain(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("pid"))

	first := invoke(t, h, "pid", "{}")
	if !first.Cold || first.InitDuration <= 0 {
		t.Errorf("first: cold = %v, init = %v; want a cold start", first.Cold, first.InitDuration)
	}
	for i := range 20 {
		r := invoke(t, h, "pid", "{}")
		if r.Cold || r.InitDuration != 0 || mustPID(t, r) != mustPID(t, first) {
			t.Fatalf("invocation %d: cold = %v in process %s, want warm in %s", i, r.Cold, r.Payload, first.Payload)
		}
	}
}

func TestMostRecentlyUsedProcessGoesFirst(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g := newGate(t)
	set(t, h, function("hold", "GATE="+g.url))
	results := make(chan runtimeapi.Result, 2)
	for range 2 {
		go func() { r, _ := h.Invoke(context.Background(), "hold", []byte("{}")); results <- r }()
		receive(t, "the function's call", g.asked)
	}
	g.say <- "go"
	receive(t, "the first end", results)
	g.say <- "go"
	last := receive(t, "the second end", results)

	go func() { r, _ := h.Invoke(context.Background(), "hold", []byte("{}")); results <- r }()
	receive(t, "the function's call", g.asked)
	g.say <- "go"
	next := receive(t, "the third end", results)

	if mustPID(t, next) != mustPID(t, last) {
		t.Errorf("the next invocation ran in %s, want %s, the last to finish", next.Payload, last.Payload)
	}
	if diff := cmp.Diff([]runtimeapi.Pool{{Function: "hold", Warm: 2}}, h.Pools()); diff != "" {
		t.Errorf("Pools() (-want +got):\n%s", diff)
	}
}

func TestConcurrencyCap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		reserved   int
		unreserved int
	}{
		{name: "reserved concurrency holds one function back", reserved: 2},
		{name: "functions without it share the rest", unreserved: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, runtimeapi.Options{Unreserved: tt.unreserved})
			g := newGate(t)
			f := function("hold", "GATE="+g.url)
			f.Concurrency = tt.reserved
			set(t, h, f, function("pid"))
			done := make(chan error, 2)
			for range 2 {
				go func() { _, err := h.Invoke(context.Background(), "hold", []byte("{}")); done <- err }()
				receive(t, "the function's call", g.asked)
			}

			_, err := h.Invoke(t.Context(), "hold", []byte("{}"))
			if !errors.Is(err, runtimeapi.ErrThrottled) {
				t.Errorf("third Invoke() = %v, want ErrThrottled", err)
			}
			_, other := h.Invoke(t.Context(), "pid", []byte("{}"))
			if shared := tt.unreserved > 0; errors.Is(other, runtimeapi.ErrThrottled) != shared {
				t.Errorf("Invoke() of another function = %v, throttled = %v wanted", other, shared)
			}
			g.say <- "go"
			if err := receive(t, "an end", done); err != nil {
				t.Errorf("held Invoke() = %v, want nil", err)
			}
			go func() { _, err := h.Invoke(context.Background(), "hold", []byte("{}")); done <- err }()
			receive(t, "the call of the invocation that has room now", g.asked)
			g.say <- "go"
			g.say <- "go"
		})
	}
}

func TestSequentialCallsNeverMeetACapOfOne(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	f := function("pid")
	f.Concurrency = 1
	set(t, h, f)
	for i := range 300 {
		if _, err := h.Invoke(t.Context(), "pid", []byte("{}")); err != nil {
			t.Fatalf("invocation %d = %v, want nil", i, err)
		}
	}
}

func TestThrottleIsObserved(t *testing.T) {
	t.Parallel()
	events := make(chan runtimeapi.Event, 10)
	h := newHost(t, runtimeapi.Options{Observe: func(e runtimeapi.Event) { events <- e }})
	g := newGate(t)
	f := function("hold", "GATE="+g.url)
	f.Concurrency = 1
	set(t, h, f)
	go func() { _, _ = h.Invoke(context.Background(), "hold", []byte("{}")) }()
	receive(t, "the function's call", g.asked)

	_, _ = h.Invoke(t.Context(), "hold", []byte("{}"))

	for e := receive(t, "an event", events); e.Outcome != runtimeapi.Throttled; e = receive(t, "the throttle", events) {
		if e.Outcome != runtimeapi.Running {
			t.Fatalf("event = %+v, want running or throttled", e)
		}
	}
}

func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g := newGate(t)
	set(t, h, function("hold", "GATE="+g.url))
	var mu sync.Mutex
	pids := map[int]bool{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			r, err := h.Invoke(context.Background(), "hold", []byte("{}"))
			if err != nil || r.FunctionError != "" {
				t.Errorf("Invoke() = %+v, %v; want an answer", r, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			pids[mustPID(t, r)] = true
		})
	}
	for range 50 {
		receive(t, "a function's call", g.asked)
	}
	for range 50 {
		g.say <- "go"
	}
	wg.Wait()
	if len(pids) != 50 {
		t.Errorf("50 invocations at once ran in %d processes, want one each", len(pids))
	}
}

func TestSwapLetsRunningInvocationsFinish(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g := newGate(t)
	set(t, h, function("hold", "GATE="+g.url))
	result := make(chan runtimeapi.Result, 1)
	run := func() runtimeapi.Result {
		go func() { r, _ := h.Invoke(context.Background(), "hold", []byte("{}")); result <- r }()
		receive(t, "the function's call", g.asked)
		g.say <- "go"
		return receive(t, "the end", result)
	}
	idle := run()
	go func() { r, _ := h.Invoke(context.Background(), "hold", []byte("{}")); result <- r }()
	receive(t, "the function's call", g.asked)

	if err := h.Swap("hold", copyBinary(t)); err != nil {
		t.Fatalf("Swap() = %v, want nil", err)
	}

	g.say <- "go"
	old := receive(t, "the end of the running invocation", result)
	if old.Outcome != runtimeapi.OK || old.Cold || mustPID(t, old) != mustPID(t, idle) {
		t.Errorf("running invocation = %q in %s, want ok in the old process %s", old.Outcome, old.Payload, idle.Payload)
	}
	gone(t, mustPID(t, old))
	if r := run(); !r.Cold || mustPID(t, r) == mustPID(t, old) {
		t.Errorf("next invocation: cold = %v in %s, want a new process", r.Cold, r.Payload)
	}
}

func TestSwapEndsIdleProcessesAndUsesTheNewBinary(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("binary"))
	before := invoke(t, h, "binary", "{}")
	path := copyBinary(t)

	if err := h.Swap("binary", path); err != nil {
		t.Fatalf("Swap() = %v, want nil", err)
	}

	after := invoke(t, h, "binary", "{}")
	if want := `"` + path + `"`; string(after.Payload) != want {
		t.Errorf("binary after the swap = %s, want %s (before: %s)", after.Payload, want, before.Payload)
	}
	if err := h.Swap("nobody", path); !errors.Is(err, runtimeapi.ErrNotFound) {
		t.Errorf("Swap(nobody) = %v, want ErrNotFound", err)
	}
}

func copyBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProcessThatDiedWhileIdleIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("pid"))
	first := mustPID(t, invoke(t, h, "pid", "{}"))
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}

	r := invoke(t, h, "pid", "{}")

	// The host may not have heard of the death when it handed over the event:
	// then that invocation has crashed, as it would have a moment later.
	if r.Outcome == runtimeapi.Crashed {
		r = invoke(t, h, "pid", "{}")
	}
	if r.Outcome != runtimeapi.OK || !r.Cold || mustPID(t, r) == first {
		t.Errorf("outcome = %q, cold = %v in %s; want a new process", r.Outcome, r.Cold, r.Payload)
	}
}

func TestIdleProcessExpires(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{IdleTimeout: 20 * time.Millisecond})
	set(t, h, function("pid"))
	first := mustPID(t, invoke(t, h, "pid", "{}"))

	gone(t, first)

	if r := invoke(t, h, "pid", "{}"); !r.Cold {
		t.Errorf("cold = %v after the idle time, want true", r.Cold)
	}
}

func TestChildrenEndWithTheirFunction(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"exit", "hang"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			h := newHost(t, runtimeapi.Options{})
			f := function("fork-and", "PIDFILE="+file)
			f.Timeout = 500 * time.Millisecond
			set(t, h, f)

			r := invoke(t, h, "fork-and", fmt.Sprintf("%q", how))

			if r.Outcome == runtimeapi.OK {
				t.Fatalf("outcome = %q, want a failure", r.Outcome)
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			gone(t, mustPID(t, runtimeapi.Result{Payload: b}))
		})
	}
}
