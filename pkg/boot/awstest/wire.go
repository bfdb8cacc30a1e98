package awstest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxBody is the largest request read: above SES's and SQS's own limits, so
// that they are the ones who refuse.
const maxBody = 64 << 20

// operation is one AWS operation: JSON in, a value to encode out.
type operation func(ctx context.Context, body []byte) (any, error)

// rpc makes an operation of a Go method.
func rpc[I, O any](method func(context.Context, I) (O, error)) operation {
	return func(ctx context.Context, body []byte) (any, error) {
		var in I
		if len(body) == 0 {
			body = []byte("{}")
		}
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, refuse("SerializationException", "%v", err)
		}
		return method(ctx, in)
	}
}

// do makes an operation of a Go method that answers nothing.
func do[I any](method func(context.Context, I) error) operation {
	return rpc(func(ctx context.Context, in I) (struct{}, error) {
		return struct{}{}, method(ctx, in)
	})
}

// jsonRPC serves one service's operations in AWS's JSON protocols, where the
// operation is named by the X-Amz-Target header.
type jsonRPC struct {
	prefix string // of X-Amz-Target, with its dot
	media  string
	ops    map[string]operation
	faults *Faults
	cfg    Config
	// decorate adds headers to a refusal; may be nil.
	decorate func(http.Header, *Error)
}

// ServeHTTP implements http.Handler.
func (s *jsonRPC) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), s.prefix)
	op, ok := s.ops[name]
	if !ok {
		s.answer(w, nil, refuse("UnknownOperationException", ""))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answer(w, nil, refuse("SerializationException", "%v", err))
		return
	}
	if err := s.faults.enter(r.Context(), name); err != nil {
		s.answer(w, nil, err)
		return
	}
	out, err := op(r.Context(), body)
	s.answer(w, out, err)
}

// answer writes an operation's result.
func (s *jsonRPC) answer(w http.ResponseWriter, out any, err error) {
	refusal := asError(err)
	if refusal != nil && s.decorate != nil {
		s.decorate(w.Header(), refusal)
	}
	writeJSON(w, s.cfg, s.media, out, refusal)
}

// asError returns err as a refusal; an error that is none becomes AWS's own
// InternalFailure, which SDKs retry.
func asError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
}

// writeJSON writes a value, or the refusal that takes its place.
func writeJSON(w http.ResponseWriter, cfg Config, media string, out any, refusal *Error) {
	status := http.StatusOK
	h := w.Header()
	h.Set("Content-Type", media)
	if id, err := cfg.uuid(); err == nil {
		h.Set("X-Amzn-Requestid", id)
	}
	if refusal != nil {
		status = refusal.status()
		h.Set("X-Amzn-Errortype", refusal.Code)
		out = map[string]string{"__type": refusal.Code, "message": refusal.Message}
	}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have left; there is nobody to tell
}
