package awstest

import (
	"fmt"
	"net/http"
)

// Error is a refusal as AWS words it. Go callers get it by errors.As, SDK
// callers as the service's exception of the same code.
type Error struct {
	// Code is AWS's exception name, such as "NotFoundException".
	Code string
	// Message is AWS's text for people; some AWS exceptions have none.
	Message string
	// Status is the HTTP status; 400 if zero.
	Status int
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// status returns the HTTP status of the answer.
func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// refuse builds an Error with a formatted message.
func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
