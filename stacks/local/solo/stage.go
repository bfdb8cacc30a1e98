package solo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/runtimeapi"
)

// Stage runs one function's real binary at addresses that stay the same while
// the world behind them is exchanged: a warm run can begin from the same state
// as the cold one before it.
type Stage struct {
	Host *runtimeapi.Host

	// Env is what the function is given, besides what Lambda itself sets.
	Env []string

	function string
	record   recorder
	servers  []*http.Server
	world    atomic.Pointer[World]
}

// Cast says what is on stage.
type Cast struct {
	Function fleet.Function
	Binary   string
	Keys     keys.Set              // the user pool's; the same as the worlds'
	Env      []string              // beyond what the manifest gives
	Log      func(runtimeapi.Line) // every line that the function prints; may be nil
}

// Watch is what to hear of while a function runs. Its zero value hears nothing.
type Watch struct {
	// Call hears of each call when it has its answer.
	Call func(Call)
	// Hold says how long a call's answer is kept back; nil keeps none.
	Hold func(Call) time.Duration
	// Sink takes a streamed answer; nil invokes without streaming.
	Sink runtimeapi.Sink
}

// Open opens a stage. Close it.
func Open(c Cast) (*Stage, error) {
	s := &Stage{function: c.Function.Name, Host: runtimeapi.New(runtimeapi.Options{Log: c.Log})}
	awsURL, err := s.serve(func(w *World) http.Handler { return w.AWS }, describeAWS)
	if err != nil {
		return nil, err
	}
	outside, err := s.addresses()
	if err != nil {
		s.Close()
		return nil, err
	}
	env, err := environment(c.Function, c.Keys, awsURL, outside)
	if err != nil {
		s.Close()
		return nil, err
	}
	s.Env = append(env, c.Env...)
	return s, s.Host.Set(runtimeapi.Function{
		Name: c.Function.Name, Binary: c.Binary, Env: s.Env,
		Timeout: c.Function.Timeout, MemoryMB: c.Function.MemoryMB,
	})
}

// serve listens on a free port of this machine for a stand-in of whichever world
// is on stage, and returns the address.
func (s *Stage) serve(of func(*World) http.Handler, describe func(*http.Request, []byte) (Call, bool)) (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("solo: open a port for the stand-ins: %w", err)
	}
	current := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { of(s.world.Load()).ServeHTTP(rw, r) })
	server := &http.Server{Handler: s.record.around(current, describe), ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// Close ends the function and the stand-ins.
func (s *Stage) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.Host.Close(ctx)
	for _, server := range s.servers {
		_ = server.Close()
	}
}

// Show puts a world on stage. A process that somebody else runs with the
// stage's Env finds it there too.
func (s *Stage) Show(w *World) { s.world.Store(w) }

// Invoke puts a world on stage and runs the event in it. It returns the calls in
// the order that they began. A Stage runs one event at a time.
func (s *Stage) Invoke(ctx context.Context, w *World, event []byte, see Watch) (runtimeapi.Result, []Call, error) {
	s.Show(w)
	s.record.begin(see)
	var res runtimeapi.Result
	var err error
	if see.Sink != nil {
		res, err = s.Host.Stream(ctx, s.function, event, see.Sink)
	} else {
		res, err = s.Host.Invoke(ctx, s.function, event)
	}
	return res, s.record.take(), err
}
