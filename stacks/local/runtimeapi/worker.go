package runtimeapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// shutdownGrace is how long Lambda waits between SIGTERM and SIGKILL for a
// function that asked to hear of its end.
const shutdownGrace = 500 * time.Millisecond

// worker is one process of a function: Lambda's execution environment. It
// belongs either to the pool or to the one invocation that took it from there.
type worker struct {
	host       *Host
	def        Function
	generation int

	server *http.Server // the Runtime API of this process alone
	cmd    *exec.Cmd
	out    *output

	events chan *invocation // unbuffered: an event is handed over only to a process that asks
	inited chan struct{}    // closed when the process asks for its first event
	failed chan struct{}    // closed when the process reports that init failed
	exited chan struct{}    // closed when the process is gone; exitErr is set then
	exit   error
	memory int64 // the peak so far

	mu       sync.Mutex
	ready    bool        // inited is closed
	current  *invocation // what the process works on
	initFail *failure
	sigterm  bool // the function registered to hear of its end
	timer    *time.Timer
}

// start starts a process of the function as it is now defined.
func (h *Host) start(f *function) (*worker, error) {
	if err := h.enter(); err != nil {
		return nil, err
	}
	h.mu.Lock()
	w := &worker{host: h, def: f.def, generation: f.generation}
	h.mu.Unlock()
	w.events = make(chan *invocation)
	w.inited, w.failed, w.exited = make(chan struct{}), make(chan struct{}), make(chan struct{})
	if err := w.launch(); err != nil {
		h.wg.Done()
		return nil, err
	}
	return w, nil
}

// launch opens the Runtime API and runs the binary against it.
func (w *worker) launch() error {
	listener, err := new(net.ListenConfig).Listen(w.host.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("runtimeapi: listen for %s: %w", w.def.Name, err)
	}
	stream, err := w.host.logStream()
	if err == nil {
		w.out, err = newOutput(w.host, w.def.Name)
	}
	if err != nil {
		_ = listener.Close()
		return err
	}
	w.server = &http.Server{Handler: w.api(listener.Addr().String()), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = w.server.Serve(listener) }()
	w.out.lambda("INIT_START Runtime Version: provided:al2023.local")
	w.cmd = w.command(environment(w.def, listener.Addr().String(), stream))
	if err := w.cmd.Start(); err != nil {
		_ = w.server.Close()
		w.out.close()
		return fmt.Errorf("runtimeapi: start %s: %w", w.def.Name, err)
	}
	go w.reap()
	return nil
}

// command is the process, in a group of its own so that its children end with it.
func (w *worker) command(env []string) *exec.Cmd {
	cmd := exec.CommandContext(w.host.ctx, w.def.Binary)
	cmd.Env = env
	cmd.Dir = filepath.Dir(w.def.Binary)
	cmd.Stdout, cmd.Stderr = w.out.write, w.out.write
	cmd.SysProcAttr = processGroup()
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	return cmd
}

// reap waits for the process, and ends what it left behind.
func (w *worker) reap() {
	defer w.host.wg.Done()
	w.exit = w.cmd.Wait()
	_ = killGroup(w.cmd.Process)
	_ = w.server.Close()
	close(w.exited)
	w.host.lost(w)
}

// lost ends an idle worker whose process ended by itself.
func (h *Host) lost(w *worker) {
	h.mu.Lock()
	f := h.functions[w.def.Name]
	h.mu.Unlock()
	h.drop(f, w)
}

// kill ends the process and its children at once, and returns when they are gone.
func (w *worker) kill() {
	select {
	case <-w.exited: // its number may be another process's by now
		return
	default:
	}
	_ = killGroup(w.cmd.Process)
	<-w.exited
}

// shutdown ends a worker that has no work. A function that registered for it
// gets SIGTERM first, as on Lambda.
func (w *worker) shutdown() {
	w.mu.Lock()
	polite := w.sigterm
	if w.timer != nil {
		w.timer.Stop()
	}
	w.mu.Unlock()
	if polite {
		w.sayGoodbye()
	}
	w.kill()
	w.out.close()
}

func (w *worker) sayGoodbye() {
	if err := terminate(w.cmd.Process); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	select {
	case <-w.exited:
	case <-ctx.Done():
	}
}

// expire calls f after d without work. Zero never does.
func (w *worker) expire(d time.Duration, f func()) {
	if d == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		w.timer = time.AfterFunc(d, f)
		return
	}
	w.timer.Reset(d)
}

// exitText says how the process ended, in Lambda's words.
func (w *worker) exitText() string {
	if w.exit == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + w.exit.Error()
}

// peak is the most memory that the process has been seen to hold, in bytes.
// Only the worker's owner may call it.
func (w *worker) peak() int64 {
	select {
	case <-w.exited:
		w.memory = max(w.memory, exitMemory(w.cmd.ProcessState))
	default:
		w.memory = max(w.memory, peakMemory(w.cmd.Process.Pid))
	}
	return w.memory
}
