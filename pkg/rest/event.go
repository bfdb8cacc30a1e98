package rest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"callanalyst/pkg/fault"
)

// ErrEvent reports an event that is not an API Gateway proxy event: the function
// was invoked by something else.
var ErrEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers API Gateway's REST proxy events only.")

// ErrBody reports a body that cannot be read.
var ErrBody = fault.New(fault.Invalid, "INVALID_BODY", "The request's body cannot be read. Send the JSON object that this endpoint describes.")

// proxyEvent is the part of API Gateway's event that endpoints use. Decoding
// less of it is most of what a request costs before its handler.
type proxyEvent struct {
	Path              string              `json:"path"`
	Method            string              `json:"httpMethod"`
	Headers           map[string]string   `json:"headers"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string][]string `json:"multiValueQueryStringParameters"`
	Params            map[string]string   `json:"pathParameters"`
	Body              string              `json:"body"`
	Base64            bool                `json:"isBase64Encoded"`
	Context           struct {
		RequestID string `json:"requestId"`
		Identity  struct {
			SourceIP  string `json:"sourceIp"`
			UserAgent string `json:"userAgent"`
		} `json:"identity"`
	} `json:"requestContext"`
}

// decode turns the event into a Request. When only the body is unreadable it
// returns the Request with the error, so that the answer can name the request.
func decode(event []byte) (*Request, error) {
	var e proxyEvent
	if err := json.Unmarshal(event, &e); err != nil || e.Method == "" {
		return nil, ErrEvent.With(err)
	}
	r := &Request{
		ID: e.Context.RequestID, Method: e.Method, Path: e.Path, Params: e.Params,
		Query: url.Values(e.Query), Header: headers(e),
		SourceIP: e.Context.Identity.SourceIP, UserAgent: e.Context.Identity.UserAgent,
	}
	if !e.Base64 {
		r.Body = []byte(e.Body)
		return r, nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return r, ErrBody.With(fmt.Errorf("rest: base64 body: %w", err))
	}
	r.Body = body
	return r, nil
}

// headers joins both forms of the event's headers. A console test or a direct
// invocation may carry the single-value form alone.
func headers(e proxyEvent) http.Header {
	h := make(http.Header, len(e.Headers))
	for name, values := range e.MultiValueHeaders {
		for _, v := range values {
			h.Add(name, v)
		}
	}
	for name, v := range e.Headers {
		if h.Get(name) == "" {
			h.Set(name, v)
		}
	}
	return h
}
