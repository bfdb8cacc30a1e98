package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"
)

// errMalformed ends the wait for a function whose answer is of no use.
var errMalformed = errors.New("gateway: malformed answer")

// stream runs a streaming route.
func (c *call) stream(payload []byte) {
	ctx, cancel := context.WithCancelCause(c.r.Context())
	defer cancel(nil)
	expire := func() { cancel(context.DeadlineExceeded) }
	total := time.AfterFunc(cmp.Or(c.route.Timeout, streamTimeout), expire)
	defer total.Stop()
	s := &sink{call: c, cancel: cancel, idle: time.AfterFunc(c.api.opt.StreamIdle, expire)}
	defer s.idle.Stop()
	defer s.relax()

	res, err := c.api.opt.Functions.Stream(ctx, c.route.Function, payload, s)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	e := judge(c.r.Context(), res, err)
	switch {
	case e != nil && s.begun:
		panic(http.ErrAbortHandler)
	case e != nil:
		refuse(c.w, *e)
	case !s.begun:
		c.answer(s.whole.Bytes())
	}
}

// sink sends a streamed answer on, each piece as it comes.
type sink struct {
	call   *call
	cancel context.CancelCauseFunc
	idle   *time.Timer
	begun  bool
	plain  bool
	whole  bytes.Buffer // an answer that was not streamed
}

// integrationType is what a streamed HTTP answer says that it is.
const integrationType = "application/vnd.awslambda.http-integration-response"

// Head sends the status and the headers.
func (s *sink) Head(contentType string, prelude []byte) error {
	if prelude == nil && contentType != integrationType {
		s.plain = true
		return nil
	}
	a, ok := decodePrelude(prelude)
	if !ok {
		s.cancel(errMalformed)
		return errMalformed
	}
	s.begun = true
	s.call.head(a.status, a.header)
	return s.flush()
}

// Write sends a piece of the body.
func (s *sink) Write(p []byte) (int, error) {
	s.idle.Reset(s.call.api.opt.StreamIdle)
	if s.plain {
		return s.keep(p)
	}
	_ = s.control().SetWriteDeadline(time.Now().Add(s.call.api.opt.StreamIdle))
	n, err := s.call.w.Write(p)
	if err != nil {
		return n, err
	}
	return n, s.flush()
}

// keep collects an answer that was not streamed.
func (s *sink) keep(p []byte) (int, error) {
	if s.whole.Len()+len(p) > MaxBody {
		s.cancel(errMalformed)
		return 0, errMalformed
	}
	return s.whole.Write(p)
}

func (s *sink) flush() error { return s.control().Flush() }

func (s *sink) control() *http.ResponseController {
	return http.NewResponseController(s.call.w)
}

// relax takes back the deadline for a client that does not read: the
// connection may serve another request.
func (s *sink) relax() { _ = s.control().SetWriteDeadline(time.Time{}) }
