package main

import (
	"context"
	"net/http"

	"callanalyst/pkg/profile"
	"callanalyst/pkg/rest"
)

// reader answers a person's own profile. profile.Reader is one.
type reader interface {
	Get(ctx context.Context, p profile.Person) (profile.Profile, error)
}

// handler answers the caller's profile under its entity tag, or 304 to a client
// that has it already. Browsers may keep it, but ask each time.
func handler(profiles reader) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		p, err := profiles.Get(ctx, profile.Person{Sub: r.Caller.Sub, Username: r.Caller.Username})
		if err != nil {
			return rest.Response{}, err
		}
		header := http.Header{"Etag": {p.ETag()}, "Cache-Control": {"private, no-cache"}, "Vary": {"Authorization"}}
		if p.Unchanged(r.Header.Values("If-None-Match")) {
			return rest.Response{Status: http.StatusNotModified, Header: header}, nil
		}
		return rest.Response{Header: header, Body: p}, nil
	}
}
