package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"callanalyst/stacks/local/endpoint"
)

// listen takes every port before anything else is started, so that a port in use
// costs no time.
func (s *Stack) listen(ctx context.Context) error {
	replaced := map[string]bool{}
	for _, st := range standins() {
		replaced[st.name] = st.replaced(s.plan)
	}
	for _, p := range Ports() {
		if replaced[p.Name] {
			continue
		}
		port := s.plan.Ports[p.Name]
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return portTrouble(p, port, err)
		}
		s.listeners[p.Name] = l
	}
	return nil
}

// URL is the address of a port for people; "" if the fleet has no such port.
func (s *Stack) URL(name string) string {
	return strings.Replace(s.inner(name), "127.0.0.1", "localhost", 1)
}

// inner is the address of a port for functions, which need no name server to
// find it.
func (s *Stack) inner(name string) string {
	l, ok := s.listeners[name]
	if !ok {
		return ""
	}
	return "http://" + l.Addr().String()
}

// serve answers on a port until the fleet stops.
func (s *Stack) serve(name string, h http.Handler) {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return s.ctx },
	}
	s.servers = append(s.servers, server)
	s.running.Go(func() {
		if err := server.Serve(s.listeners[name]); !errors.Is(err, http.ErrServerClosed) {
			s.fail(fmt.Errorf("stack: serve %s: %w", name, err))
		}
	})
}

// endpoint is the AWS address: the stand-ins, the pool, the functions and the
// database.
func (s *Stack) endpoint() (http.Handler, error) {
	dynamo, err := endpoint.DynamoDB(s.engine.URL)
	if err != nil {
		return nil, err
	}
	return &endpoint.Endpoint{
		Pool: s.Cognito,
		Services: map[string]http.Handler{
			"kms": s.AWS.KMS, "ses": s.AWS.SES, "sns": s.AWS.SNS, "sqs": s.AWS.SQS, "secretsmanager": s.AWS.Secrets,
			"dynamodb": dynamo, "lambda": s.Host,
		},
		Served: func(service string) {
			if service == "ses" {
				s.mails.raise()
			}
			if service == "sqs" {
				s.recorder.Touch()
			}
		},
	}, nil
}

// Stop ends the fleet and waits until no process of it is left, or until ctx
// ends. It may be called more than once.
func (s *Stack) Stop(ctx context.Context) error {
	s.cancel()
	for _, server := range s.servers {
		_ = server.Close() // the handlers' contexts have ended with the fleet's
	}
	for _, l := range s.listeners {
		_ = l.Close() // those that no server had taken yet
	}
	s.running.Wait()
	if s.Cognito != nil {
		s.Cognito.Close()
	}
	if s.async != nil {
		s.async.Close()
	}
	var errs []error
	if s.Host != nil {
		errs = append(errs, s.Host.Close(ctx))
	}
	if s.store != nil {
		errs = append(errs, s.store.Save())
	}
	if s.engine != nil {
		s.engine.Stop()
	}
	if s.unlock != nil {
		s.unlock()
	}
	return errors.Join(errs...)
}
