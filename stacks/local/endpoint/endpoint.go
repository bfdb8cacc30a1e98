// Package endpoint is the one AWS address of the local fleet. It tells the
// services apart as AWS_ENDPOINT_URL makes necessary: by X-Amz-Target, by the
// scope of the SigV4 signature, or by the path. What it does not serve it
// refuses in the form that the SDK of that service can read.
package endpoint

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"callanalyst/pkg/boot/awstest"
)

// invokePath is where the Lambda API's Invoke begins, signed or not.
const invokePath = "/2015-03-31/functions/"

// Pool is a user pool that shares the address with other services.
type Pool interface {
	http.Handler
	// Owns reports whether a request is for the pool: an operation of its API, a
	// document or a hosted page.
	Owns(r *http.Request) bool
}

// Endpoint hands each request to its service.
type Endpoint struct {
	// Services are named as SigV4 names them: "dynamodb", "ses", "lambda".
	Services map[string]http.Handler
	Pool     Pool
	// Served is told of every request a service has answered; nil tells nobody.
	Served func(service string)
}

// ServeHTTP implements http.Handler.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.Pool.Owns(r) {
		e.Pool.ServeHTTP(w, r)
		return
	}
	service := e.service(r)
	if h, ok := e.Services[service]; ok {
		h.ServeHTTP(w, r)
		if e.Served != nil {
			e.Served(service)
		}
		return
	}
	if service == "" && r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		e.welcome(w)
		return
	}
	e.refuse(w, r, service)
}

func (e *Endpoint) service(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, invokePath) {
		return "lambda"
	}
	return awstest.ServiceOf(r)
}

// names lists what is served, for people.
func (e *Endpoint) names() string {
	return "cognito-idp, " + strings.Join(slices.Sorted(maps.Keys(e.Services)), ", ")
}

// welcome tells a person who opened the address in a browser what it is for.
func (e *Endpoint) welcome(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "This is the AWS endpoint of the local fleet.\nPoint any AWS SDK or the aws command here with AWS_ENDPOINT_URL.\nServed: %s.\n", e.names())
}

// refuse says that a service is not here, in its own protocol: JSON, the XML of
// the query protocol (STS, IAM), or that of S3.
func (e *Endpoint) refuse(w http.ResponseWriter, r *http.Request, service string) {
	if service == "" {
		service = r.Method + " " + r.URL.Path
	}
	message := fmt.Sprintf("The local fleet does not serve %s. It serves: %s.", service, e.names())
	switch {
	case service == "s3":
		writeXML(w, http.StatusNotImplemented, xmlError{XMLName: xml.Name{Local: "Error"}, Code: "NotImplemented", Message: message})
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		body := xmlError{XMLName: xml.Name{Local: "Error"}, Type: "Sender", Code: "UnknownOperationException", Message: message}
		writeXML(w, http.StatusNotFound, queryError{Error: body})
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Errortype", "UnknownOperationException")
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": "UnknownOperationException", "message": message})
	}
}

// queryError is an error of the query protocol.
type queryError struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Error   xmlError `xml:"Error"`
}

type xmlError struct {
	XMLName xml.Name
	Type    string `xml:"Type,omitempty"`
	Code    string `xml:"Code"`
	Message string `xml:"Message"`
}

func writeXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(body)
}
