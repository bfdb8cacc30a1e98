package emailcode

import (
	"context"

	"github.com/aws/smithy-go/middleware"
)

// endWith makes every call of a client end when ctx does. The Encryption SDK
// calls KMS with a context of its own, so that otherwise a KMS that hangs would
// outlast the invocation.
func endWith(ctx context.Context) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("EndWithCaller",
			func(own context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(joined{Context: ctx, own: own}, in)
			}), middleware.Before)
	}
}

// joined has the end of one context and the values of two.
type joined struct {
	context.Context
	own context.Context
}

// Value implements context.Context.
func (j joined) Value(key any) any {
	if v := j.own.Value(key); v != nil {
		return v
	}
	return j.Context.Value(key)
}
