package rest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Stream is an answer that is sent as it is produced. Status and headers are
// decided before its first byte; what goes wrong later must be said in the body.
type Stream struct {
	Status int // zero means 200
	Header http.Header
	Body   io.Reader
}

// StreamHandler serves an endpoint whose answer streams.
type StreamHandler func(ctx context.Context, r *Request) (Stream, error)

// AuthenticatedStream lets only callers with a valid access token through to next.
func AuthenticatedStream(a Authenticator, next StreamHandler) StreamHandler {
	return func(ctx context.Context, r *Request) (Stream, error) {
		caller, err := a.Authenticate(ctx, r.Header.Get("Authorization"))
		if err != nil {
			return Stream{}, err
		}
		r.Caller = caller
		return next(ctx, r)
	}
}

// ServeStream adapts h to the raw proxy event of a route that streams. Refusals
// go out through the same door, as problems with their own status. Pages of the
// other origins that are allowed may call it too.
func ServeStream(log *slog.Logger, h StreamHandler, allowed ...string) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		r, err := decode(event)
		if err != nil && r == nil {
			return nil, err
		}
		out := stream(ctx, log, r, err, h, allowed)
		if out.Header == nil {
			out.Header = http.Header{}
		}
		origins(allowed).mark(r, out.Header)
		return out.answer(), nil
	}
}

// stream is the answer, whatever became of the request.
func stream(ctx context.Context, log *slog.Logger, r *Request, broken error, h StreamHandler, allowed origins) Stream {
	if r.Method == http.MethodOptions {
		return allowed.preflight(r)
	}
	var out Stream
	err := broken
	if err == nil {
		out, err = h(ctx, r)
	}
	if err == nil {
		return out
	}
	p := problem(ctx, log, r, err)
	return Stream{Status: p.Status, Header: p.Headers, Body: strings.NewReader(p.Body)}
}

// answer is what the runtime streams. The status must be written out: a zero
// would be left out of the prelude.
func (s Stream) answer() *events.APIGatewayProxyStreamingResponse {
	if s.Status == 0 {
		s.Status = http.StatusOK
	}
	setDefault(s.Header, "Cache-Control", "no-store")
	setDefault(s.Header, "X-Content-Type-Options", "nosniff")
	return &events.APIGatewayProxyStreamingResponse{StatusCode: s.Status, MultiValueHeaders: s.Header, Body: s.Body}
}
