package main

import (
	"context"
	"net/http"

	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// desk takes orders for bots. notetaker.Desk is one.
type desk interface {
	Join(ctx context.Context, sub string, o notetaker.Order) (notetaker.Placed, error)
}

// maxBody bounds an order: a link, a time and a title.
const maxBody = 8 << 10

// handler sends a bot into the caller's meeting.
func handler(d desk) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		var o notetaker.Order
		if err := r.Decode(&o, maxBody); err != nil {
			return rest.Response{}, err
		}
		placed, err := d.Join(ctx, r.Caller.Sub, o)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Status: http.StatusCreated, Body: placed}, nil
	}
}
