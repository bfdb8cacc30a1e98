package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"callanalyst/stacks/local/runtimeapi"
)

// failure is an answer of API Gateway's own.
type failure struct {
	status  int
	kind    string // x-amzn-ErrorType
	message string
}

// The failures, in API Gateway's words.
var (
	badRequest      = failure{http.StatusBadRequest, "BadRequestException", "Bad Request"}
	unknownRoute    = failure{http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	tooLarge        = failure{http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request Too Long"}
	throttled       = failure{http.StatusTooManyRequests, "TooManyRequestsException", "Too Many Requests"}
	headersTooLarge = failure{http.StatusRequestHeaderFieldsTooLarge, "BadRequestException", "Request Header Fields Too Large"}
	internal        = failure{http.StatusInternalServerError, "InternalServerErrorException", "Internal server error"}
	malformed       = failure{http.StatusBadGateway, "InternalServerErrorException", "Internal server error"}
	timedOut        = failure{http.StatusGatewayTimeout, "InternalServerErrorException", "Endpoint request timed out"}
)

// refuse sends a failure.
func refuse(w http.ResponseWriter, f failure) {
	body, err := json.Marshal(map[string]string{"message": f.message})
	if err != nil { // a string always encodes
		body = nil
	}
	w.Header().Set("X-Amzn-Errortype", f.kind)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}

// judge is the failure that an invocation ended in, or nil. A client that has
// left gets whatever: nobody reads it.
func judge(client context.Context, res runtimeapi.Result, err error) *failure {
	switch {
	case err == nil && res.FunctionError == "":
		return nil
	case errors.Is(err, runtimeapi.ErrThrottled):
		return &throttled
	case errors.Is(err, runtimeapi.ErrTooLarge):
		return &tooLarge
	case errors.Is(err, context.DeadlineExceeded) && client.Err() == nil:
		return &timedOut
	case errors.Is(err, runtimeapi.ErrNotFound), errors.Is(err, runtimeapi.ErrClosed):
		return &internal
	default:
		return &malformed
	}
}
