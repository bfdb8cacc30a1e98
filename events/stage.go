package main

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

// stage runs one function's real binary at addresses that stay the same while
// the world behind them is exchanged: once for the cold start, once for a warm
// run that begins from the same state.
type stage struct {
	host    *runtimeapi.Host
	record  *recorder
	servers []*http.Server
	world   atomic.Pointer[world]
}

// newStage opens the stage. Close it.
func newStage(f fleet.Function, binary string, set keys.Set, more []string, record *recorder, log func(runtimeapi.Line)) (*stage, error) {
	s := &stage{record: record, host: runtimeapi.New(runtimeapi.Options{Log: log})}
	awsURL, err := s.serve(record.around(s.behind(func(w *world) http.Handler { return w.aws }), describeAWS))
	if err != nil {
		return nil, err
	}
	stripeURL, err := s.serve(record.around(s.behind(func(w *world) http.Handler { return w.stripe }), describeStripe))
	if err != nil {
		s.close()
		return nil, err
	}
	env, err := environment(f, set, awsURL, stripeURL)
	if err != nil {
		s.close()
		return nil, err
	}
	return s, s.host.Set(runtimeapi.Function{
		Name: f.Name, Binary: binary, Env: append(env, more...), Timeout: f.Timeout, MemoryMB: f.MemoryMB,
	})
}

// behind answers with the stand-in of the world that is on stage now.
func (s *stage) behind(of func(*world) http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { of(s.world.Load()).ServeHTTP(rw, r) })
}

// serve listens on a free port of this machine and returns the address.
func (s *stage) serve(h http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("open a port for the stand-ins: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// close ends the function and the stand-ins.
func (s *stage) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.host.Close(ctx)
	for _, server := range s.servers {
		_ = server.Close()
	}
}

// invoke puts a world on stage and runs the event in it. A streamed answer goes
// to the sink as it comes.
func (s *stage) invoke(ctx context.Context, name string, w *world, event []byte, sink *streamed) (runtimeapi.Result, []call, error) {
	s.world.Store(w)
	s.record.begin(w.masks)
	var res runtimeapi.Result
	var err error
	if sink != nil {
		res, err = s.host.Stream(ctx, name, event, sink)
	} else {
		res, err = s.host.Invoke(ctx, name, event)
	}
	return res, s.record.take(), err
}
