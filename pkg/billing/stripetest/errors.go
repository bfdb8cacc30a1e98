package stripetest

import (
	"fmt"
	"net/http"
)

// apiError is the error object of Stripe's API with its HTTP status.
type apiError struct {
	Status  int    `json:"-"`
	Type    string `json:"type"`
	Code    string `json:"code,omitempty"`
	Decline string `json:"decline_code,omitempty"`
	Message string `json:"message"`
	Param   string `json:"param,omitempty"`

	// unsaved marks an error found before execution began: Stripe keeps no
	// answer for its idempotency key.
	unsaved bool
}

// Error implements error.
func (e *apiError) Error() string { return e.Message }

func badParam(code, param, format string, args ...any) *apiError {
	return &apiError{
		Status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param,
		Message: fmt.Sprintf(format, args...), unsaved: true,
	}
}

func unknownParam(name string) *apiError {
	return badParam("parameter_unknown", name, "Received unknown parameter: %s", name)
}

func missingParam(name string) *apiError {
	return badParam("parameter_missing", name, "Missing required param: %s.", name)
}

// refused is an error found while executing; it is kept for its key.
func refused(code, param, format string, args ...any) *apiError {
	return &apiError{
		Status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param,
		Message: fmt.Sprintf(format, args...),
	}
}

// missing is Stripe's answer for an id in the path (404).
func missing(kind, id string) *apiError {
	return &apiError{
		Status: http.StatusNotFound, Type: "invalid_request_error", Code: "resource_missing", Param: "id",
		Message: fmt.Sprintf("No such %s: '%s'", kind, id),
	}
}

// missingIn is Stripe's answer for an id in a parameter (400).
func missingIn(param, kind, id string) *apiError {
	return refused("resource_missing", param, "No such %s: '%s'", kind, id)
}

func unauthorized(format string, args ...any) *apiError {
	return &apiError{
		Status: http.StatusUnauthorized, Type: "invalid_request_error",
		Message: fmt.Sprintf(format, args...), unsaved: true,
	}
}

func broken(status int) *apiError {
	e := &apiError{Status: status, Type: "api_error", Message: "An unknown error occurred"}
	if status == http.StatusTooManyRequests {
		e.Type, e.Code, e.Message = "invalid_request_error", "rate_limit", "Too many requests hit the API too quickly."
		e.unsaved = true
	}
	return e
}
