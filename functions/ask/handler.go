package main

import (
	"context"
	"io"
	"net/http"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/rest"
)

// opener answers a question as a stream. ask.Service is one.
type opener interface {
	Open(ctx context.Context, sub, id string, q ask.Question) (io.ReadCloser, error)
}

// handler reads the question and streams its answer.
func handler(answers opener) rest.StreamHandler {
	return func(ctx context.Context, r *rest.Request) (rest.Stream, error) {
		var q ask.Question
		if err := r.Decode(&q, ask.MaxBody); err != nil {
			return rest.Stream{}, err
		}
		body, err := answers.Open(ctx, r.Caller.Sub, r.ID, q)
		if err != nil {
			return rest.Stream{}, err
		}
		return rest.Stream{Body: body, Header: http.Header{
			"Content-Type":      {"text/event-stream; charset=utf-8"},
			"Cache-Control":     {"no-cache, no-transform"},
			"X-Accel-Buffering": {"no"},
		}}, nil
	}
}
