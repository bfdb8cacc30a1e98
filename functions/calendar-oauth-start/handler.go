package main

import (
	"context"
	"net/http"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/rest"
)

// starter begins attempts to connect. calendar.Connector is one.
type starter interface {
	Start(ctx context.Context, sub string) (url, browser string, err error)
}

// started is the answer.
type started struct {
	URL string `json:"url"`
}

// handler begins an attempt of the caller's.
func handler(c starter, b calendar.Binding) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		url, browser, err := c.Start(ctx, r.Caller.Sub)
		if err != nil {
			return rest.Response{}, err
		}
		h := http.Header{"Set-Cookie": {b.Keep(browser).String()}}
		return rest.Response{Header: h, Body: started{url}}, nil
	}
}
