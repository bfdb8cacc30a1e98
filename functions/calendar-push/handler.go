package main

import (
	"context"

	"callanalyst/pkg/calendar/push"
	"callanalyst/pkg/rest"
)

// bell takes Google's messages. push.Bell is one.
type bell interface {
	Ring(ctx context.Context, m push.Message) (push.Receipt, error)
}

// handler hands a message on, which is in the headers alone.
func handler(b bell) rest.Handler {
	return func(ctx context.Context, in *rest.Request) (rest.Response, error) {
		receipt, err := b.Ring(ctx, push.MessageOf(in.Header))
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: receipt}, nil
	}
}
