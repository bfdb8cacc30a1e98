package stack

import (
	"context"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/feeds"
)

// invoker runs functions for the user pool.
type invoker struct{ s *Stack }

var _ cognitotest.Invoker = invoker{}

// Invoke implements cognitotest.Invoker.
func (i invoker) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	r, err := i.s.Host.Invoke(ctx, function, event)
	if err != nil {
		return nil, err
	}
	if r.FunctionError != "" {
		return nil, &cognitotest.FunctionError{Type: r.ErrorType, Message: r.ErrorMessage}
	}
	return r.Payload, nil
}

// Async implements cognitotest.Invoker.
func (i invoker) Async(function string, event []byte) {
	if err := i.s.async.Send(function, event); err != nil {
		i.s.plan.Log.Error("an event was not queued", "function", function, "error", err)
	}
}

// source reads the function's queue.
func (s *Stack) source(f fleet.Function) *feeds.Source {
	source := &feeds.Source{
		Queue: s.AWS.SQS, Host: s.Host, URL: s.seeds.queues[f.Trigger.Queue], ARN: queueARN(f.Trigger.Queue),
		Function: f.Name, Batch: f.Trigger.Batch, Log: s.plan.Log,
	}
	for _, q := range fleet.Queues() {
		if q.Name == f.Trigger.Queue {
			source.Patience = q.Visibility
		}
	}
	return source
}
