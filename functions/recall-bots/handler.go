package main

import (
	"context"

	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// lister lists a user's bots. notetaker.Lister is one.
type lister interface {
	List(ctx context.Context, sub string) ([]notetaker.View, error)
}

// list is the answer.
type list struct {
	Bots []notetaker.View `json:"bots"`
}

// handler answers the caller's bots, the latest meeting first.
func handler(l lister) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		bots, err := l.List(ctx, r.Caller.Sub)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: list{bots}}, nil
	}
}
