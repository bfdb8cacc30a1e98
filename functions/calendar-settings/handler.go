package main

import (
	"context"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/rest"
)

// changer changes connections. calendar.Desk is one.
type changer interface {
	Change(ctx context.Context, sub string, ch calendar.Change) (calendar.View, error)
}

// maxBody bounds a change: a few switches, a name, and the ids of some meetings.
const maxBody = 64 << 10

// handler changes the caller's connection and shows it as it is then.
func handler(d changer) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		var ch calendar.Change
		if err := r.Decode(&ch, maxBody); err != nil {
			return rest.Response{}, err
		}
		view, err := d.Change(ctx, r.Caller.Sub, ch)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: view}, nil
	}
}
