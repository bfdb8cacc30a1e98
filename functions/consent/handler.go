package main

import (
	"context"

	"callanalyst/pkg/consent"
	"callanalyst/pkg/rest"
)

// maxBody bounds the request: a date and two booleans.
const maxBody = 4 << 10

// desk takes agreements. consent.Desk is one.
type desk interface {
	Agree(ctx context.Context, sub string, w consent.Wish, t consent.Through) (consent.Receipt, error)
}

// handler puts on record what the caller agrees to.
func handler(d desk) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		var w consent.Wish
		if err := r.Decode(&w, maxBody); err != nil {
			return rest.Response{}, err
		}
		receipt, err := d.Agree(ctx, r.Caller.Sub, w, consent.Through{ClientID: r.Caller.ClientID, UserAgent: r.UserAgent})
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: receipt}, nil
	}
}
