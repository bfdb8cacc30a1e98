package stack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/auth/cognitotest/codecrypt"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/gateway"
	"callanalyst/stacks/local/keep"
	"callanalyst/stacks/local/runtimeapi"
)

// openStandins makes every stand-in, gives it its kept state and what CDK would
// have made. Nothing answers yet.
func (s *Stack) openStandins(ctx context.Context) (string, error) {
	s.Host = runtimeapi.New(runtimeapi.Options{
		Log: s.recorder.Line, Observe: s.recorder.Observe, IdleTimeout: 10 * time.Minute,
		Async: func(name string, payload []byte) error { return s.async.Send(name, payload) },
	})
	s.async = feeds.NewAsync(s.Host, time.Now, newID)
	s.AWS = awstest.New(awstest.Config{URL: s.URL(awsPort)})
	s.AWS.SNS.Lambda = func(_ context.Context, arn string, event json.RawMessage) error {
		name, _ := runtimeapi.ParseName(arn)
		return s.async.Send(name, event)
	}
	if err := s.openPool(); err != nil {
		return "", err
	}
	note := ""
	for _, st := range standins() {
		if st.replaced(s.plan) {
			note += st.name + " is the real one, as .env says "
			continue
		}
		service, err := st.open(s)
		if err != nil {
			return "", fmt.Errorf("stack: open %s: %w", st.name, err)
		}
		s.standins[st.name] = service
	}
	if err := s.openStore(); err != nil {
		return "", err
	}
	return note, s.seed(ctx)
}

// openPool makes the user pool, its triggers and its code encryption.
func (s *Stack) openPool() (err error) {
	triggers := map[cognitotest.Trigger]string{}
	for _, f := range s.plan.Functions {
		if f.Trigger.Cognito != "" {
			triggers[cognitotest.Trigger(f.Trigger.Cognito)] = f.Name
		}
	}
	site := s.URL(edgePort)
	s.Cognito, err = cognitotest.New(cognitotest.Config{
		PoolID: PoolID, ClientID: ClientID, Log: s.plan.Log, Functions: triggers, Lambda: invoker{s},
		EncryptCode: func(ctx context.Context, pool, text string) (string, error) {
			return codecrypt.Encrypt(ctx, s.AWS.KMS.DataKeys(s.seeds.codeKey), pool, text, rand.Reader)
		},
		CallbackURLs: []string{site + "/", site + "/callback", site + "/auth/callback"},
		LogoutURLs:   []string{site + "/"},
	})
	return err
}

// openStore reads the state of an earlier run, if there is a folder for it.
func (s *Stack) openStore() error {
	if s.plan.Data == "" {
		return nil
	}
	s.store = &keep.Store{Dir: s.plan.Data, Log: s.plan.Log, Parts: []keep.Part{
		{Name: "aws", Save: raw(s.AWS.Snapshot), Load: func(b []byte) error { return s.AWS.Restore(b) }},
		{Name: "cognito", Save: s.Cognito.Snapshot, Load: s.Cognito.Restore},
		// Events are restored once there are functions to take them.
		{Name: "events", Save: raw(s.async.Snapshot), Load: func(b []byte) error { s.kept = b; return nil }},
	}}
	for name, service := range s.standins {
		if service.save == nil {
			continue
		}
		s.store.Parts = append(s.store.Parts, keep.Part{Name: name, Save: service.save, Load: service.load})
	}
	return s.store.Load()
}

func raw(f func() (json.RawMessage, error)) func() ([]byte, error) {
	return func() ([]byte, error) { return f() }
}

// open puts the parts in front of each other and begins to serve.
func (s *Stack) open(ctx context.Context) error {
	dynamo, err := s.endpoint()
	if err != nil {
		return err
	}
	s.serve(awsPort, s.delay.Before(dynamo))
	if err := s.readKeys(ctx); err != nil {
		return err
	}
	if err := s.openFunctions(); err != nil {
		return err
	}
	if err := s.openFeeds(); err != nil {
		return err
	}
	if err := s.openFront(); err != nil {
		return err
	}
	for name, service := range s.standins {
		s.serve(name, s.delay.Before(service))
		if service.run != nil {
			s.running.Go(func() { service.run(s.ctx) })
		}
	}
	if s.plan.Watch {
		s.running.Go(s.watch)
	}
	if s.store != nil {
		s.running.Go(func() {
			tick := time.NewTicker(keepEvery)
			defer tick.Stop()
			s.store.Run(s.ctx, tick.C)
		})
	}
	return s.writeOutputs()
}

// openFunctions gives the host every function with its environment.
func (s *Stack) openFunctions() error {
	for _, f := range s.plan.Functions {
		env, err := s.environment(f)
		if err != nil {
			return err
		}
		err = s.Host.Set(runtimeapi.Function{
			Name: f.Name, Binary: s.builder.Binary(f.Name), Env: env,
			Timeout: f.Timeout, MemoryMB: f.MemoryMB, Concurrency: f.Concurrency,
		})
		if err != nil {
			return fmt.Errorf("stack: set up %s: %w", f.Name, err)
		}
	}
	return nil
}

// gateway makes the REST API of the manifest's routes.
func (s *Stack) gateway() (http.Handler, error) {
	var routes []gateway.Route
	for _, f := range s.plan.Functions {
		for _, method := range f.Trigger.Methods() {
			routes = append(routes, gateway.Route{Method: method, Path: f.Trigger.Path, Function: f.Name, Stream: f.Trigger.Stream})
		}
	}
	return gateway.New(gateway.Options{Routes: routes, Functions: s.Host})
}

// openFeeds starts what invokes functions by itself.
func (s *Stack) openFeeds() (err error) {
	var list []feeds.Schedule
	for _, f := range s.plan.Functions {
		t := f.Trigger
		if t.Every > 0 || t.Cron != "" {
			list = append(list, feeds.Schedule{Function: f.Name, Every: t.Every, Cron: t.Cron, Alone: f.Concurrency == 1})
		}
		if t.Queue != "" {
			source := s.source(f)
			s.running.Go(func() { source.Run(s.ctx) })
		}
	}
	if s.schedules, err = feeds.NewSchedules(s.async, time.Now, newID, s.plan.Log, list); err != nil {
		return err
	}
	s.running.Go(func() { s.schedules.Run(s.ctx) })
	if s.kept != nil {
		return s.async.Restore(s.kept)
	}
	return nil
}
