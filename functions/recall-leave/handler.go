package main

import (
	"context"
	"net/http"

	"callanalyst/pkg/rest"
)

// stopper takes bots out of meetings. notetaker.Dispatcher is one.
type stopper interface {
	Stop(ctx context.Context, sub, botID string) error
}

// handler takes the caller's bot out. Asking twice is fine.
func handler(s stopper) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		if err := s.Stop(ctx, r.Caller.Sub, r.Params["bot_id"]); err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Status: http.StatusNoContent}, nil
	}
}
