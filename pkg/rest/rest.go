// Package rest stands between an API Gateway REST API and a handler: it decodes
// the proxy event into a Request, calls the handler, and answers JSON. Every
// error becomes application/problem+json (RFC 9457) with a stable code and the
// request id. It is the only package that knows API Gateway's event.
package rest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"

	"callanalyst/pkg/auth"
)

// Request is one call of an endpoint.
type Request struct {
	ID        string // API Gateway's request id, shown to the caller in errors
	Method    string
	Path      string            // as the client sent it, without the stage
	Params    map[string]string // {bot_id} and the like
	Query     url.Values
	Header    http.Header // canonical names
	Body      []byte      // decoded from base64 where it was
	SourceIP  string
	UserAgent string
	Caller    auth.Caller // zero unless the handler is behind Authenticated
}

// Response is a handler's answer: a value that is written as JSON, or raw bytes.
type Response struct {
	Status int // zero means 200
	Header http.Header
	Body   any // nil writes nothing; []byte goes out as it is
}

// Handler serves one endpoint. Its error decides status and code through
// fault.Of; what a person reads is the fault's Detail.
type Handler func(ctx context.Context, r *Request) (Response, error)

// Authenticator tells who is calling from an Authorization header's value. Its
// errors are faults: TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED,
// UPSTREAM_UNAVAILABLE. auth.Verifier is one.
type Authenticator interface {
	Authenticate(ctx context.Context, authorization string) (auth.Caller, error)
}

// Authenticated lets only callers with a valid access token through to next.
func Authenticated(a Authenticator, next Handler) Handler {
	return func(ctx context.Context, r *Request) (Response, error) {
		caller, err := a.Authenticate(ctx, r.Header.Get("Authorization"))
		if err != nil {
			return Response{}, err
		}
		r.Caller = caller
		return next(ctx, r)
	}
}

// Serve adapts h to the raw proxy event. It never returns an error to Lambda
// for what h did: that would reach the client as a bare 502. Only an event that
// is not a proxy event at all is one.
func Serve(log *slog.Logger, h Handler) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		r, err := decode(event)
		if err != nil && r == nil {
			return nil, err
		}
		if err != nil {
			return problem(ctx, log, r, err), nil
		}
		out, err := h(ctx, r)
		if err != nil {
			return problem(ctx, log, r, err), nil
		}
		answer, err := out.encode()
		if err != nil {
			return problem(ctx, log, r, err), nil
		}
		return answer, nil
	}
}
