package cognitotest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Trigger is a moment at which Cognito calls a function.
type Trigger string

// The triggers that this pool has.
const (
	PreSignUp         Trigger = "PreSignUp"
	PostConfirmation  Trigger = "PostConfirmation"
	UserMigration     Trigger = "UserMigration"
	CustomEmailSender Trigger = "CustomEmailSender"
)

// Cognito waits this long for a trigger, and calls it this often in all.
const (
	triggerTimeout  = 5 * time.Second
	triggerAttempts = 3
)

// Invoker runs functions, as Lambda does.
type Invoker interface {
	// Invoke runs the function on event and returns what it answered. An answer
	// that is the function's own error is a *FunctionError; any other error means
	// that the function could not be reached, and the call is tried again.
	//
	// Cognito does not stop a function it no longer waits for: the context ends
	// when the server is closed, not after five seconds. Calls overlap.
	Invoke(ctx context.Context, function string, event []byte) (payload []byte, err error)
	// Async queues event for the function and returns at once. Retries are the
	// queue's business.
	Async(function string, event []byte)
}

// FunctionError is the error that a function answered with. Lambda's own error
// types, such as Runtime.ExitError, mean that the function did not answer.
type FunctionError struct{ Type, Message string }

// Error returns the function's message.
func (e *FunctionError) Error() string { return e.Message }

// crashed reports whether the runtime, not the function, wrote the error.
func (e *FunctionError) crashed() bool {
	return strings.HasPrefix(e.Type, "Runtime.") || strings.HasPrefix(e.Type, "Extension.")
}

// errTimeout is a trigger that did not answer in time.
var errTimeout = errors.New("cognitotest: the trigger did not answer in time")

// fires reports whether t has a function behind it.
func (s *Server) fires(t Trigger) bool { return s.cfg.Functions[t] != "" && s.cfg.Lambda != nil }

// invoke runs the function behind t and decodes the response of the event it
// returns into out, which may be nil. Errors are the API's.
func (s *Server) invoke(ctx context.Context, t Trigger, e event, out any) error {
	body, err := json.Marshal(e)
	if err != nil {
		return errInternal(err)
	}
	payload, err := s.attempts(ctx, t, body)
	if err != nil {
		return lambdaError(t, err)
	}
	return decodeResponse(payload, out)
}

// lambdaError words a trigger's failure as Cognito does. A function's message is
// passed on as it is, with one full stop behind it.
func lambdaError(t Trigger, err error) error {
	var own *FunctionError
	if errors.As(err, &own) && !own.crashed() {
		return fail("UserLambdaValidationException", string(t)+" failed with error "+own.Message+".")
	}
	reason := err.Error()
	if errors.Is(err, errTimeout) {
		reason = "Socket timeout while invoking Lambda function."
	}
	return fail("UnexpectedLambdaException", string(t)+" invocation failed due to error "+reason)
}

// decodeResponse reads the response of a returned event. The function must return
// the event, not only its response.
func decodeResponse(payload []byte, out any) error {
	var e struct {
		TriggerSource string          `json:"triggerSource"`
		Response      json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(payload, &e); err != nil || e.TriggerSource == "" || len(e.Response) == 0 {
		return fail("InvalidLambdaResponseException", "Unrecognizable lambda output")
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(e.Response, out); err != nil {
		return fail("InvalidLambdaResponseException", "Unrecognizable lambda output")
	}
	return nil
}
