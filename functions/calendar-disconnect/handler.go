package main

import (
	"context"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/rest"
)

// leaver ends connections. calendar.Leaver is one.
type leaver interface {
	Revoke(ctx context.Context, sub string) error
}

// handler ends the caller's connection, and says that there is none: also to
// whoever had none.
func handler(l leaver) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		if err := l.Revoke(ctx, r.Caller.Sub); err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: calendar.Connection{State: calendar.None}.ViewAt(time.Time{})}, nil
	}
}
