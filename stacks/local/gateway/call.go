package gateway

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

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
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
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

func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// extended is the form of an extended request id: 16 characters, "=" at the end.
func extended(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
