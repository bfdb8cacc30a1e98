package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// Answer is what a client got.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Cut is set when the body was not read to its end, and so is not judged.
	Cut bool
}

// Holds returns what the document does not know of the answer to r: a status, a
// content type, a header or any member of the body. It does not read r's body.
// The error is ErrNoRoute when r has no route there.
func (c *Contract) Holds(r *http.Request, a Answer) error {
	route, params, err := c.find(r)
	if err != nil {
		return err
	}
	if a.Header.Get("X-Amzn-Errortype") != "" {
		return c.gateways(a)
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: a.Cut || streams(a)},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		return fmt.Errorf("openapi: %s %s answers %d: %w", r.Method, route.Path, a.Status, err)
	}
	response := route.Operation.Responses.Status(a.Status)
	if err := c.more(response.Value, a); err != nil {
		return fmt.Errorf("openapi: %s %s answers %d: %w", r.Method, route.Path, a.Status, err)
	}
	return nil
}

// more checks what a schema cannot say.
func (c *Contract) more(response *openapi3.Response, a Answer) error {
	switch {
	case a.Cut:
		return nil
	case len(response.Content) == 0 && len(a.Body) > 0:
		return fmt.Errorf("the document has no body, there is %.100q", a.Body)
	case streams(a):
		return c.events(response.Content.Get("text/event-stream"), a.Body)
	case mediaType(a) == "application/problem+json":
		return problem(a)
	}
	return nil
}

// problem checks that a problem does not contradict itself.
func problem(a Answer) error {
	var p struct {
		Type, Code, Title string
		Status            int
	}
	if err := json.Unmarshal(a.Body, &p); err != nil {
		return err
	}
	if p.Status != a.Status || p.Title != http.StatusText(a.Status) || !strings.HasSuffix(p.Type, "#"+p.Code) {
		return fmt.Errorf("the problem contradicts itself: %s", a.Body)
	}
	return nil
}

// gateways checks an answer of API Gateway's own. The document's introduction
// lists the statuses once, for all routes.
func (c *Contract) gateways(a Answer) error {
	if !slices.Contains([]int{400, 403, 413, 429, 431, 500, 502, 504}, a.Status) {
		return fmt.Errorf("openapi: API Gateway answers %d, of which the document does not speak", a.Status)
	}
	if a.Cut {
		return nil
	}
	return c.judge("GatewayMessage", a.Body)
}

// judge holds JSON against a schema of the document's components.
func (c *Contract) judge(schema string, text []byte) error {
	ref := c.doc.Components.Schemas[schema]
	if ref == nil || ref.Value == nil {
		return errors.New("openapi: the document has no schema " + schema)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("openapi: %s: %w", schema, err)
	}
	if err := ref.Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.VisitAsResponse()); err != nil {
		return fmt.Errorf("openapi: %s: %w", schema, err)
	}
	return nil
}

func streams(a Answer) bool { return mediaType(a) == "text/event-stream" }

func mediaType(a Answer) string {
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}
