package runtimeapi

import (
	"io"
	"net/http"
)

const (
	// integrationType marks an answer that begins with an HTTP prelude.
	integrationType = "application/vnd.awslambda.http-integration-response"
	tooLargeKind    = "Function.ResponseSizeTooLarge"
)

// answer is what a function gave back.
type answer struct {
	payload []byte
	fail    *failure
}

// receive reads an answer to its end. The error is that of a body that broke off.
func (inv *invocation) receive(r *http.Request) (answer, error) {
	if inv.sink == nil {
		return collect(r)
	}
	if err := handOn(r, inv.sink); err != nil {
		return answer{}, err
	}
	return answer{fail: trailerFailure(r.Trailer)}, nil
}

// collect reads a buffered answer, up to Lambda's limit.
func collect(r *http.Request) (answer, error) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
	if err != nil {
		return answer{}, err
	}
	rest, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return answer{}, err
	}
	if size := int64(len(payload)) + rest; size > MaxResponse {
		return answer{fail: lambdaFailure(Failed, tooLargeKind,
			"Response payload size (%d bytes) exceeded maximum allowed payload size (%d bytes).", size, MaxResponse)}, nil
	}
	return answer{payload: payload, fail: trailerFailure(r.Trailer)}, nil
}

// handOn gives a streamed answer to the sink, piece by piece. What the sink
// no longer takes is read all the same, so that the function can finish.
func handOn(r *http.Request, sink Sink) error {
	var prelude []byte
	contentType, body := r.Header.Get("Content-Type"), io.Reader(r.Body)
	if contentType == integrationType {
		var err error
		if prelude, body, err = splitPrelude(r.Body); err != nil {
			return err
		}
	}
	s := stream{sink: sink, contentType: contentType, prelude: prelude}
	if prelude != nil {
		s.head()
	}
	_, err := io.CopyBuffer(&s, struct{ io.Reader }{body}, make([]byte, 32<<10))
	if err == nil && trailerFailure(r.Trailer) == nil {
		s.head() // an answer without a body
	}
	return err
}

// stream writes to a sink until that has had enough.
type stream struct {
	sink        Sink
	contentType string
	prelude     []byte
	begun       bool
	err         error
}

func (s *stream) head() {
	if s.begun {
		return
	}
	s.begun = true
	s.err = s.sink.Head(s.contentType, s.prelude)
}

// Write never fails, so that the rest is read.
func (s *stream) Write(p []byte) (int, error) {
	s.head()
	if s.err == nil {
		_, s.err = s.sink.Write(p)
	}
	return len(p), nil
}
