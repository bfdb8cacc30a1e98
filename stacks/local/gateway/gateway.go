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
	"fmt"
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

// call is one request on its way.
type call struct {
	api *API
	w   http.ResponseWriter
	r   *http.Request
	at  time.Time

	requestID  string
	extendedID string
	trace      string

	route  route
	params map[string]string // of the path, decoded
}

// open gives a request its ids.
func (a *API) open(w http.ResponseWriter, r *http.Request) (*call, error) {
	b := make([]byte, 16+11+12)
	a.random.Lock()
	_, err := io.ReadFull(a.opt.Rand, b)
	a.random.Unlock()
	if err != nil {
		return nil, fmt.Errorf("gateway: read randomness: %w", err)
	}
	at := a.opt.Now()
	return &call{
		api: a, w: w, r: r, at: at,
		requestID: uuid(b[:16]), extendedID: extended(b[16:27]),
		trace: cmp.Or(r.Header.Get("X-Amzn-Trace-Id"), fmt.Sprintf("Root=1-%08x-%x", at.Unix(), b[27:])),
	}, nil
}

// stamp sets the headers that every answer carries.
func (c *call) stamp() {
	h := c.w.Header()
	h.Set("X-Amzn-Requestid", c.requestID)
	h.Set("X-Amz-Apigw-Id", c.extendedID)
}

// accept finds the route, or the reason why there is none to take.
func (c *call) accept() *failure {
	if headerSize(c.r) > MaxHeaders {
		return &headersTooLarge
	}
	if !c.api.limit.AllowN(c.at, 1) {
		return &throttled
	}
	route, params, ok := match(c.api.routes, c.r.Method, c.r.URL.EscapedPath())
	if !ok {
		return &unknownRoute
	}
	c.route, c.params = route, params
	return nil
}

// invoke runs a buffered route.
func (c *call) invoke(payload []byte) {
	ctx, cancel := context.WithTimeout(c.r.Context(), cmp.Or(c.route.Timeout, bufferedTimeout))
	defer cancel()
	res, err := c.api.opt.Functions.Invoke(ctx, c.route.Function, payload)
	if e := judge(c.r.Context(), res, err); e != nil {
		refuse(c.w, *e)
		return
	}
	c.answer(res.Payload)
}

// answer sends a buffered answer, if it is one.
func (c *call) answer(payload []byte) {
	a, ok := decodeAnswer(payload)
	if !ok {
		refuse(c.w, malformed)
		return
	}
	body, ok := a.bytes(c.wantsBinary())
	if !ok {
		refuse(c.w, malformed)
		return
	}
	c.head(a.status, a.header)
	_, _ = c.w.Write(body) // a client that left is no one's error
}

// head sends the status and the headers of an answer.
func (c *call) head(status int, header http.Header) {
	h := c.w.Header()
	h.Set("X-Amzn-Trace-Id", c.trace)
	h.Set("Content-Type", "application/json")
	for k, v := range header {
		h[k] = v
	}
	c.w.WriteHeader(status)
}
