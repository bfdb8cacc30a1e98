package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// reading is what one process of a function used and how long it took.
type reading struct {
	first   time.Duration   // from its spawn to its first answer
	initial time.Duration   // CPU before it asked for its first event
	cold    time.Duration   // CPU of the first event
	warm    time.Duration   // CPU of each later event, on average
	took    []time.Duration // from the event handed over to its answer, one by one
	memory  int64           // its peak, in bytes
}

// probe is the smallest Lambda Runtime API: one process, one event at a time, a
// stop-watch at each step. Every runtime is measured by the same one.
type probe struct {
	asked    chan chan []byte // the process waits for an event
	answered chan answer
}

type answer struct {
	body   string
	failed bool
}

// errNoAnswer reports a process that ended, or took far too long.
var errNoAnswer = errors.New("the process gave no answer")

// measure runs a command as a Lambda function, hands it events one behind the
// other and reads its figures. check is asked about each answer.
func measure(ctx context.Context, cmd *exec.Cmd, events [][]byte, check func(string) error) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p := &probe{asked: make(chan chan []byte), answered: make(chan answer)}
	stop, err := p.serve(ctx, cmd)
	if err != nil {
		return reading{}, err
	}
	defer stop()
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	spawned := time.Now()
	if err := cmd.Start(); err != nil {
		return reading{}, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		cancel() // nobody will ask or answer any more
		close(gone)
	}()
	r, err := p.run(ctx, cmd.Process.Pid, events, spawned, check)
	_ = cmd.Process.Kill()
	<-gone
	if err != nil {
		return reading{}, fmt.Errorf("%w; it printed:\n%s", err, said.String())
	}
	return r, nil
}

// run hands over the events and reads the process's figures between them.
func (p *probe) run(ctx context.Context, pid int, events [][]byte, spawned time.Time, check func(string) error) (r reading, err error) {
	next, err := p.next(ctx)
	if err != nil {
		return r, err
	}
	before := cpuTime(pid)
	r.initial = before
	for i, event := range events {
		began := time.Now()
		next <- event
		if err := p.await(ctx, check); err != nil {
			return r, err
		}
		r.took = append(r.took, time.Since(began))
		if i == 0 {
			r.first = time.Since(spawned)
		}
		if next, err = p.next(ctx); err != nil {
			return r, err
		}
		if i == 0 {
			r.cold = cpuTime(pid) - before
		}
	}
	if n := len(events) - 1; n > 0 {
		r.warm = (cpuTime(pid) - before - r.cold) / time.Duration(n)
	}
	r.memory = peakMemory(pid)
	return r, nil
}

func (p *probe) next(ctx context.Context) (chan []byte, error) {
	select {
	case next := <-p.asked:
		return next, nil
	case <-ctx.Done():
		return nil, errNoAnswer
	}
}

func (p *probe) await(ctx context.Context, check func(string) error) error {
	select {
	case a := <-p.answered:
		if a.failed {
			return fmt.Errorf("the function failed: %s", a.body)
		}
		return check(a.body)
	case <-ctx.Done():
		return errNoAnswer
	}
}

// serve opens the Runtime API and tells the command where it is.
func (p *probe) serve(ctx context.Context, cmd *exec.Cmd) (stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port: %w", err)
	}
	cmd.Env = append(cmd.Env, "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", p.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{kind}", p.serveAnswer)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", p.serveAnswer)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

func (p *probe) serveNext(w http.ResponseWriter, r *http.Request) {
	event := make(chan []byte)
	select {
	case p.asked <- event:
	case <-r.Context().Done():
		return
	}
	select {
	case payload := <-event:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", "5e7c1f0a-93b4-4d62-8c0e-7a1d2b3c4e5f")
		h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(10*time.Second).UnixMilli()))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-2:000000000000:function:bench")
		h.Set("Content-Length", fmt.Sprint(len(payload)))
		_, _ = w.Write(payload)
	case <-r.Context().Done():
	}
}

func (p *probe) serveAnswer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	select {
	case p.answered <- answer{body: string(body), failed: r.PathValue("kind") != "response"}:
	case <-r.Context().Done():
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "15")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}
