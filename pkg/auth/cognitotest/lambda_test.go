package cognitotest_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"callanalyst/pkg/auth/cognitotest"
)

// object is a decoded JSON object.
type object = map[string]any

// lambda runs functions in the test and remembers what they were sent.
type lambda struct {
	mu     sync.Mutex
	events map[string][]object
	// functions change an event's response, or fail.
	functions map[string]func(ctx context.Context, event object) error
}

// newLambda gives each trigger a function of its own name that changes nothing.
func newLambda() *lambda {
	return &lambda{events: map[string][]object{}, functions: map[string]func(context.Context, object) error{}}
}

// Invoke runs the function synchronously.
func (l *lambda) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	e, f := l.record(function, event)
	if f == nil {
		return event, nil
	}
	if err := f(ctx, e); err != nil {
		return nil, err
	}
	if raw, ok := e["raw"].(string); ok {
		return []byte(raw), nil
	}
	return json.Marshal(e)
}

// Async only records.
func (l *lambda) Async(function string, event []byte) { l.record(function, event) }

func (l *lambda) record(function string, event []byte) (object, func(context.Context, object) error) {
	e := object{}
	if err := json.Unmarshal(event, &e); err != nil {
		panic(err)
	}
	copied := object{}
	if err := json.Unmarshal(event, &copied); err != nil {
		panic(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events[function] = append(l.events[function], copied)
	return e, l.functions[function]
}

// seen returns the events that a function received.
func (l *lambda) seen(function string) []object {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]object(nil), l.events[function]...)
}

// only returns the one event that a function received.
func (l *lambda) only(t *testing.T, function string) object {
	t.Helper()
	all := l.seen(function)
	if len(all) != 1 {
		t.Fatalf("%s received %d events, want 1", function, len(all))
	}
	return all[0]
}

// respond makes a function fill in its response.
func (l *lambda) respond(function string, response object) {
	l.functions[function] = func(_ context.Context, e object) error {
		e["response"] = response
		return nil
	}
}

// fail makes a function answer an error.
func (l *lambda) fail(function, kind, message string) {
	l.functions[function] = func(context.Context, object) error {
		return &cognitotest.FunctionError{Type: kind, Message: message}
	}
}

// withLambda puts a function behind the named triggers.
func withLambda(l *lambda, triggers ...cognitotest.Trigger) func(*configuration) {
	return func(c *configuration) {
		c.Lambda = l
		c.Functions = map[cognitotest.Trigger]string{}
		for _, t := range triggers {
			c.Functions[t] = string(t)
		}
		c.EncryptCode = func(_ context.Context, poolID, plaintext string) (string, error) {
			return "sealed:" + poolID + ":" + plaintext, nil
		}
	}
}
