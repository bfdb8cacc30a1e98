package main

import (
	"context"
	"io"
	"net/http"

	"callanalyst/pkg/account"
	"callanalyst/pkg/rest"
)

// exporter writes a person's export. account.Exporter is one.
type exporter interface {
	Export(ctx context.Context, p account.Person) (io.ReadCloser, error)
}

// handler streams the caller's export, as a file to be kept.
func handler(e exporter) rest.StreamHandler {
	return func(ctx context.Context, r *rest.Request) (rest.Stream, error) {
		body, err := e.Export(ctx, account.Person{Sub: r.Caller.Sub, Username: r.Caller.Username})
		if err != nil {
			return rest.Stream{}, err
		}
		return rest.Stream{Body: body, Header: http.Header{
			"Content-Type":        {"application/json"},
			"Content-Disposition": {`attachment; filename="call-analyst.json"`},
		}}, nil
	}
}
