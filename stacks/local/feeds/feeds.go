// Package feeds invokes functions as the parts of AWS do that wait for no
// answer: Lambda's queue of asynchronous invocations with its retries, the
// poller that reads SQS for a function, and schedules.
package feeds

import (
	"context"

	"callanalyst/stacks/local/runtimeapi"
)

// Invoker runs a function to its end. runtimeapi.Host is one.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) (runtimeapi.Result, error)
}

var _ Invoker = (*runtimeapi.Host)(nil)
