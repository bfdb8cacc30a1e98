// Package gateway is API Gateway's REST API in front of functions: a stage
// `prod` of a regional API with Lambda proxy integrations, buffered or
// streamed. It builds the event that API Gateway builds, reads the answer as
// strictly as API Gateway reads it, and fails with API Gateway's errors.
//
// Authorizers, API keys, mapping templates and caching are left out: the
// fleet uses none of them.
package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"callanalyst/stacks/local/runtimeapi"
)

// API Gateway's limits.
const (
	MaxBody    = 10 << 20 // bytes of a request's body
	MaxHeaders = 10240    // bytes of the request line and the header values

	bufferedTimeout = 29 * time.Second
	streamTimeout   = 5 * time.Minute
)

// Functions runs the functions behind the routes. The end of ctx ends the wait
// for a function and not the function: API Gateway does not cancel either.
// [runtimeapi.Host] is one.
type Functions interface {
	Invoke(ctx context.Context, name string, payload []byte) (runtimeapi.Result, error)
	Stream(ctx context.Context, name string, payload []byte, sink runtimeapi.Sink) (runtimeapi.Result, error)
}

// Options describe an API. Routes and Functions are needed; the zero value of
// everything else works.
type Options struct {
	Routes    []Route
	Functions Functions
	// BinaryTypes are the media types, like "image/png" or "*/*", whose bodies
	// reach the function in base64. All others are text.
	BinaryTypes []string
	// Rate is how many requests a second are let through, and Burst how many at
	// once. A Rate of zero lets all through.
	Rate  float64
	Burst int
	// StreamIdle is how long a stream may be silent. The default is 5 minutes.
	StreamIdle time.Duration
	// APIID is the API's id, and part of the host name that functions see.
	APIID string
	Now   func() time.Time
	// Rand makes request ids. The default is crypto/rand.
	Rand io.Reader
}

// API serves the routes. Its paths have no stage in front, as CloudFront's
// origin path adds that on AWS.
type API struct {
	opt    Options
	routes []route
	limit  *rate.Limiter

	random sync.Mutex // guards opt.Rand
}

// New checks the routes and returns their API.
func New(opt Options) (*API, error) {
	routes, err := parseRoutes(opt.Routes)
	if err != nil {
		return nil, err
	}
	opt.APIID = cmp.Or(opt.APIID, "localfleet")
	opt.StreamIdle = cmp.Or(opt.StreamIdle, 5*time.Minute)
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	limit := rate.Inf
	if opt.Rate > 0 {
		limit = rate.Limit(opt.Rate)
	}
	return &API{opt: opt, routes: routes, limit: rate.NewLimiter(limit, max(opt.Burst, 1))}, nil
}

// ServeHTTP answers one request. A stream that fails after it began is cut off
// by [http.ErrAbortHandler], so that no client takes it for a whole answer.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := a.open(w, r)
	if err != nil {
		refuse(w, internal)
		return
	}
	c.stamp()
	if e := c.accept(); e != nil {
		refuse(w, *e)
		return
	}
	payload, e := c.event()
	if e != nil {
		refuse(w, *e)
		return
	}
	if c.route.Stream {
		c.stream(payload)
		return
	}
	c.invoke(payload)
}
