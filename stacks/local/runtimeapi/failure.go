package runtimeapi

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// The headers, or trailers, that tell of an error.
const (
	errorTypeHeader = "Lambda-Runtime-Function-Error-Type"
	errorBodyHeader = "Lambda-Runtime-Function-Error-Body"
)

// failure is an invocation's error, as a function reports it.
type failure struct {
	outcome Outcome
	kind    string // errorType
	message string // errorMessage
	payload []byte // the JSON that the caller gets
}

// lambdaFailure is an error that Lambda reports in place of the function.
func lambdaFailure(outcome Outcome, kind, format string, args ...any) *failure {
	message := fmt.Sprintf(format, args...)
	return &failure{outcome: outcome, kind: kind, message: message, payload: errorJSON(kind, message)}
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

func startFailure(inv *invocation, err error) *failure {
	inv.start(inv.def.Timeout)
	if errors.Is(err, ErrClosed) {
		return lambdaFailure(Crashed, "Runtime.ExitError", "RequestId: %s Error: %s", inv.id, err)
	}
	return lambdaFailure(InitError, "Runtime.InvalidEntrypoint", "RequestId: %s Error: Couldn't find valid bootstrap(s): [%s]: %s", inv.id, inv.def.Binary, err)
}

func timeoutFailure(inv *invocation) *failure {
	return lambdaFailure(TimedOut, "Sandbox.Timedout", "RequestId: %s Error: Task timed out after %.2f seconds", inv.id, inv.def.Timeout.Seconds())
}

func crashFailure(inv *invocation, w *worker) *failure {
	return lambdaFailure(Crashed, "Runtime.ExitError", "RequestId: %s Error: %s", inv.id, w.exitText())
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
