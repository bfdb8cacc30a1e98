package cognitotest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// target is what X-Amz-Target begins with.
const target = "AWSCognitoIdentityProviderService."

// bodyLimit is more than any request of the API needs.
const bodyLimit = 1 << 20

// contentType is the media type of the AWS JSON 1.1 protocol.
const contentType = "application/x-amz-json-1.1"

// operation is one action of the API.
type operation struct {
	run func(context.Context, []byte) (any, error)
	// signed operations are for the pool's owner: they need an AWS signature.
	signed bool
}

// open makes an operation that anyone may call, with or without a signature.
func open[In any](f func(context.Context, In) (any, error)) operation {
	return operation{run: decoding(f)}
}

// signed makes an operation that needs an AWS signature.
func signed[In any](f func(context.Context, In) (any, error)) operation {
	return operation{run: decoding(f), signed: true}
}

func decoding[In any](f func(context.Context, In) (any, error)) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, fail("SerializationException", "Start of structure or map found where not expected.")
		}
		return f(ctx, in)
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	allowBrowsers(w)
	if r.Method == http.MethodOptions {
		preflight(w, r, http.MethodPost)
		return
	}
	id, err := s.random.uuid()
	if err != nil {
		s.answerError(w, err)
		return
	}
	w.Header().Set("X-Amzn-RequestId", id)
	out, err := s.dispatch(r)
	if err != nil {
		s.answerError(w, err)
		return
	}
	s.answer(w, http.StatusOK, out)
}

// dispatch finds the operation, checks who may call it and runs it.
func (s *Server) dispatch(r *http.Request) (any, error) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
	op, known := s.operations[name]
	if !ok || !known || r.Method != http.MethodPost {
		return nil, fail("UnknownOperationException", "The operation "+name+" is not one that this user pool answers.")
	}
	if op.signed && !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		return nil, fail("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, bodyLimit))
	if err != nil {
		return nil, fail("SerializationException", "The request body is too large or was cut off.")
	}
	if err := s.faults.strike(r.Context(), name); err != nil {
		return nil, err
	}
	return op.run(r.Context(), body)
}

func (s *Server) answer(w http.ResponseWriter, status int, out any) {
	body, err := json.Marshal(out)
	if err != nil {
		s.answerError(w, errInternal(err))
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	write(w, body)
}

// write sends the body. It fails only if the caller has gone, whom nothing can be
// told.
func write(w http.ResponseWriter, body []byte) { _, _ = w.Write(body) }

func (s *Server) answerError(w http.ResponseWriter, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		e = errInternal(err)
	}
	w.Header().Set("X-Amzn-ErrorType", e.kind+":")
	w.Header().Set("X-Amzn-ErrorMessage", headerText(e.message))
	s.answer(w, e.status, map[string]string{"__type": e.kind, "message": e.message})
}

// headerText keeps a message that came from a function on one header line.
func headerText(message string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, message)
}
