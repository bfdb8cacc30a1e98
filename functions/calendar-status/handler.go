package main

import (
	"context"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/rest"
)

// viewer shows connections. calendar.Viewer is one.
type viewer interface {
	View(ctx context.Context, sub string) (calendar.View, error)
}

// handler shows the caller's connection.
func handler(v viewer) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		view, err := v.View(ctx, r.Caller.Sub)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: view}, nil
	}
}
