package main

import (
	"context"
	"encoding/json"
	"net/http"

	"callanalyst/pkg/profile"
	"callanalyst/pkg/rest"
)

// maxBody bounds the request: two objects of 16 KB, a name and an address, with
// room for another way of writing the same JSON.
const maxBody = 64 << 10

// updater changes a person's own profile. profile.Updater is one.
type updater interface {
	Update(ctx context.Context, p profile.Person, ifMatch []string, change profile.Patch) (profile.Profile, error)
}

// handler applies the caller's merge patch and answers the whole profile under
// its new entity tag.
func handler(u updater) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		var body json.RawMessage
		if err := r.Decode(&body, maxBody); err != nil {
			return rest.Response{}, err
		}
		change, err := profile.ParsePatch(body)
		if err != nil {
			return rest.Response{}, err
		}
		who := profile.Person{Sub: r.Caller.Sub, Username: r.Caller.Username}
		p, err := u.Update(ctx, who, r.Header.Values("If-Match"), change)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Header: http.Header{"Etag": {p.ETag()}}, Body: p}, nil
	}
}
