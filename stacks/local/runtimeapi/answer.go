package runtimeapi

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
)

const (
	// integrationType marks an answer that begins with an HTTP prelude.
	integrationType = "application/vnd.awslambda.http-integration-response"
	tooLargeKind    = "Function.ResponseSizeTooLarge"

	errorTypeHeader = "Lambda-Runtime-Function-Error-Type"
	errorBodyHeader = "Lambda-Runtime-Function-Error-Body"
)

// answer is what a function gave back.
type answer struct {
	payload []byte
	fail    *failure
	peak    int64 // memory, if the process was about to be killed
}

// errorBody is an error as functions and Lambda write it.
type errorBody struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func errorJSON(kind, message string) []byte {
	b, err := json.Marshal(errorBody{Type: kind, Message: message})
	if err != nil { // two strings always encode
		return []byte(`{}`)
	}
	return b
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

// readFailure reads an error that a function posted. Lambda hands the body on
// as it is, and reports any such error as unhandled.
func readFailure(outcome Outcome, r *http.Request) (*failure, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse))
	if err != nil {
		return nil, err
	}
	return parseFailure(outcome, r.Header.Get(errorTypeHeader), body), nil
}

func parseFailure(outcome Outcome, kind string, body []byte) *failure {
	var e errorBody
	if err := json.Unmarshal(body, &e); err != nil {
		e.Message = string(body)
		body = errorJSON(cmp.Or(kind, "Unhandled"), e.Message)
	}
	return &failure{outcome: outcome, kind: cmp.Or(e.Type, kind, "Unhandled"), message: e.Message, payload: body}
}

// trailerFailure is the error that ended a stream, or nil. The trailers are
// known only after the body's end.
func trailerFailure(trailer http.Header) *failure {
	kind, encoded := trailer.Get(errorTypeHeader), trailer.Get(errorBodyHeader)
	if kind == "" && encoded == "" {
		return nil
	}
	body, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		body = []byte(encoded)
	}
	return parseFailure(Failed, kind, body)
}

// delimiter ends the prelude; maxPrelude is how far API Gateway looks for it.
var delimiter = [8]byte{}

const maxPrelude = 16 << 10

// splitPrelude cuts the JSON off the front of a streamed HTTP answer. Without
// a delimiter there is no prelude, and the body is all that came.
func splitPrelude(r io.Reader) (prelude []byte, body io.Reader, err error) {
	var buf []byte
	chunk := make([]byte, 4<<10)
	for len(buf) < maxPrelude {
		n, err := r.Read(chunk)
		from := max(0, len(buf)-len(delimiter))
		buf = append(buf, chunk[:n]...)
		if i := bytes.Index(buf[from:], delimiter[:]); i >= 0 {
			rest := buf[from+i+len(delimiter):]
			return buf[:from+i], io.MultiReader(bytes.NewReader(rest), r), nil
		}
		if err == io.EOF {
			return nil, bytes.NewReader(buf), nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, io.MultiReader(bytes.NewReader(buf), r), nil
}
