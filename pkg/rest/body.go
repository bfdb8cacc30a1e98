package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"callanalyst/pkg/fault"
)

// ErrTooLarge reports a body over the endpoint's limit.
var ErrTooLarge = fault.New(fault.TooLarge, "BODY_TOO_LARGE", "The request's body is too large.")

// ErrField reports a field that the endpoint cannot accept. Its Detail names the
// field.
var ErrField = fault.New(fault.Invalid, "INVALID_FIELD", "A field of the request is not acceptable.")

// Decode reads the request's body, one JSON object of at most limit bytes, into
// v. Unknown fields are ignored, so that an old server can serve a new client.
func (r *Request) Decode(v any, limit int) error {
	if len(r.Body) > limit {
		return ErrTooLarge.Because("The request's body has %d bytes; at most %d are accepted.", len(r.Body), limit)
	}
	if !utf8.Valid(r.Body) {
		return ErrBody.Because("The request's body is not UTF-8.")
	}
	body := bytes.TrimSpace(r.Body)
	if len(body) == 0 || body[0] != '{' {
		return ErrBody.Because("The request's body must be a JSON object.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(v); err != nil {
		return bodyError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return ErrBody.Because("The request's body goes on after its JSON object.")
	}
	return nil
}

// bodyError names the field whose type is wrong, but repeats nothing the caller
// sent.
func bodyError(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return ErrField.Because("The field %s must be a %s.", wrong.Field, wrong.Type).With(err)
	}
	return ErrBody.With(err)
}
