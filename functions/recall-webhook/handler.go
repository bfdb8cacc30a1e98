package main

import (
	"context"
	"net/http"

	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// scribe takes webhooks. notetaker.Scribe is one.
type scribe interface {
	Take(ctx context.Context, h http.Header, token string, body []byte) (notetaker.Receipt, error)
}

// handler hands the delivery on, byte for byte: the signature is over the raw
// body. Any error makes Recall deliver again.
func handler(s scribe) rest.Handler {
	return func(ctx context.Context, in *rest.Request) (rest.Response, error) {
		receipt, err := s.Take(ctx, in.Header, in.Query.Get("token"), in.Body)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: receipt}, nil
	}
}
