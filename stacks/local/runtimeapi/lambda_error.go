package runtimeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// apiError is an error of the Lambda API itself, as opposed to a function's.
type apiError struct {
	status  int
	kind    string
	body    map[string]string
	headers map[string]string
}

// describe puts an invocation's error into the Lambda API's terms.
func describe(name string, err error) apiError {
	switch {
	case errors.Is(err, ErrNotFound):
		return notFound(name)
	case errors.Is(err, ErrThrottled):
		return apiError{
			status: http.StatusTooManyRequests, kind: "TooManyRequestsException",
			body:    map[string]string{"Type": "User", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "message": "Rate Exceeded."},
			headers: map[string]string{"Retry-After": "1"},
		}
	case errors.Is(err, ErrTooLarge):
		return tooLarge(MaxRequest)
	default:
		return apiError{status: http.StatusInternalServerError, kind: "ServiceException", body: map[string]string{"Type": "Service", "Message": err.Error()}}
	}
}

func notFound(name string) apiError {
	bare, qualifier := ParseName(name)
	arn := ARN(bare)
	if qualifier != "" {
		arn += ":" + qualifier
	}
	return apiError{status: http.StatusNotFound, kind: "ResourceNotFoundException", body: map[string]string{"Type": "User", "Message": "Function not found: " + arn}}
}

func tooLarge(limit int64) apiError {
	return invalid(http.StatusRequestEntityTooLarge, "RequestTooLargeException",
		fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", limit))
}

func invalid(status int, kind, message string) apiError {
	return apiError{status: status, kind: kind, body: map[string]string{"Type": "User", "message": message}}
}

func fail(rw http.ResponseWriter, e apiError) {
	head := rw.Header()
	for k, v := range e.headers {
		head.Set(k, v)
	}
	head.Set("X-Amzn-Errortype", e.kind)
	head.Set("Content-Type", "application/json")
	body, err := json.Marshal(e.body)
	if err != nil { // strings always encode
		body = []byte("{}")
	}
	rw.WriteHeader(e.status)
	_, _ = rw.Write(body)
}
