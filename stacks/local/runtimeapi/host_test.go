package runtimeapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

func newHost(t testing.TB, opt runtimeapi.Options) *runtimeapi.Host {
	t.Helper()
	h := runtimeapi.New(opt)
	t.Cleanup(func() { closeHost(t, h) })
	return h
}

func closeHost(t testing.TB, h *runtimeapi.Host) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
}

// function is a function that does what the behaviour says.
func function(behaviour string, env ...string) runtimeapi.Function {
	return runtimeapi.Function{
		Name: behaviour, Binary: os.Args[0], Timeout: patience,
		Env: append([]string{"BEHAVIOUR=" + behaviour}, env...),
	}
}

func set(t testing.TB, h *runtimeapi.Host, functions ...runtimeapi.Function) {
	t.Helper()
	if err := h.Set(functions...); err != nil {
		t.Fatalf("Set() = %v, want nil", err)
	}
}

func invoke(t testing.TB, h *runtimeapi.Host, name, payload string) runtimeapi.Result {
	t.Helper()
	r, err := h.Invoke(t.Context(), name, []byte(payload))
	if err != nil {
		t.Fatalf("Invoke(%s, %s) = %v, want no error", name, payload, err)
	}
	return r
}

func mustPID(t testing.TB, r runtimeapi.Result) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(string(r.Payload)))
	if err != nil {
		t.Fatalf("payload %s is not a process id", r.Payload)
	}
	return n
}

// gate holds functions until the test lets them go.
type gate struct {
	url   string
	asked chan struct{} // a function has come
	say   chan string   // what it gets; "" is no content
}

func newGate(t testing.TB) *gate {
	t.Helper()
	g := &gate{asked: make(chan struct{}, 100), say: make(chan string)}
	over := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		g.asked <- struct{}{}
		select {
		case text := <-g.say:
			_, _ = io.WriteString(w, text)
		case <-over:
		}
	}))
	t.Cleanup(func() { close(over); s.Close() })
	g.url = s.URL
	return g
}

// receive waits for a channel, but not for ever.
func receive[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	var v T
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
	}
	return v
}

// gone waits for a process to end: one that this process did not start has to
// be asked for.
func gone(t testing.TB, pid int) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ended(pid) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// ended reports whether a process is gone, or only its exit status is left.
func ended(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

// journal collects lines.
type journal struct {
	mu    sync.Mutex
	lines []runtimeapi.Line
}

func (j *journal) log(l runtimeapi.Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, l)
}

func (j *journal) all() []runtimeapi.Line {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}

func TestCloseLeavesNoProcessBehind(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g := newGate(t)
	set(t, h, function("pid"), function("fork"), function("busy-fork", "GATE="+g.url))
	idle := mustPID(t, invoke(t, h, "pid", "{}"))
	child := mustPID(t, invoke(t, h, "fork", "{}"))
	busy := make(chan error, 1)
	go func() {
		_, err := h.Invoke(context.Background(), "busy-fork", []byte("{}"))
		busy <- err
	}()
	receive(t, "the busy function's call", g.asked)

	closeHost(t, h)

	for _, pid := range []int{idle, child} {
		gone(t, pid)
	}
	if err := receive(t, "the end of the busy invocation", busy); !errors.Is(err, runtimeapi.ErrClosed) {
		t.Errorf("Invoke() of a host that closes = %v, want ErrClosed", err)
	}
	if _, err := h.Invoke(t.Context(), "pid", []byte("{}")); !errors.Is(err, runtimeapi.ErrClosed) {
		t.Errorf("Invoke() of a closed host = %v, want ErrClosed", err)
	}
	if left := groupsOf(t, idle, child); len(left) > 0 {
		t.Errorf("Close() left processes %v", left)
	}
}

// groupsOf lists the live processes that belong to the process groups of pids.
func groupsOf(t testing.TB, pids ...int) []string {
	t.Helper()
	var left []string
	for _, pid := range pids {
		if err := syscall.Kill(-pid, 0); err == nil {
			left = append(left, strconv.Itoa(pid))
		}
	}
	return left
}

// TestCloseGivesEverythingBack runs alone, since it counts what is open.
func TestCloseGivesEverythingBack(t *testing.T) {
	useAndClose(t) // opens what the Go runtime keeps for good
	files, goroutines := openFiles(t), runtime.NumGoroutine()

	useAndClose(t)

	if n := openFiles(t); n > files {
		t.Errorf("open files = %d after Close, %d before", n, files)
	}
	// Close does not wait for the goroutines that the closed connections end.
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for runtime.NumGoroutine() > goroutines {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("goroutines = %d after Close, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// useAndClose takes a host through every kind of end.
func useAndClose(t *testing.T) {
	t.Helper()
	h := newHost(t, runtimeapi.Options{IdleTimeout: time.Hour})
	set(t, h, function("pid"), function("exit"), function("init-exit"), function("error"), runtimeapi.Function{Name: "ghost", Binary: "/nowhere"})
	for _, name := range []string{"pid", "exit", "init-exit", "error", "ghost", "pid"} {
		invoke(t, h, name, "{}")
	}
	closeHost(t, h)
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestCloseGivesUpWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	h := runtimeapi.New(runtimeapi.Options{Observe: func(e runtimeapi.Event) {
		if e.Outcome == runtimeapi.OK {
			<-block
		}
	}})
	set(t, h, function("pid"))
	done := make(chan struct{})
	go func() { defer close(done); _, _ = h.Invoke(context.Background(), "pid", []byte("{}")) }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	// The invocation may not have begun yet: then Close ends well, and says so.
	err := h.Close(ctx)

	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Close(ended context) = %v, want context.Canceled", err)
	}
	close(block)
	receive(t, "the invocation's end", done)
	closeHost(t, h)
}

func TestSIGTERMIsSentToThoseWhoAskedForIt(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	heard := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard <- struct{}{} }))
	t.Cleanup(s.Close)
	set(t, h, function("sigterm", "GOODBYE="+s.URL))
	invoke(t, h, "sigterm", "{}")

	closeHost(t, h)

	receive(t, "the function's goodbye", heard)
}

func TestBrokenRandomnessIsAnError(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{Rand: strings.NewReader("")})
	set(t, h, function("pid"))

	_, err := h.Invoke(t.Context(), "pid", []byte("{}"))

	if !errors.Is(err, io.EOF) {
		t.Errorf("Invoke() without randomness = %v, want io.EOF", err)
	}
}
