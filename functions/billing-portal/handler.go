package main

import (
	"context"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

// opener opens the billing portal. billing.Portal is one.
type opener interface {
	Open(ctx context.Context, who billing.Person) (url string, err error)
}

// opened is the answer.
type opened struct {
	URL string `json:"url"`
}

// handler opens the portal for the caller.
func handler(o opener) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		url, err := o.Open(ctx, billing.Person{Sub: r.Caller.Sub, Username: r.Caller.Username})
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: opened{url}}, nil
	}
}
