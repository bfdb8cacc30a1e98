package openapi

import (
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// Accepts returns what the document says is wrong with a request: a parameter,
// the content type or the body, which it reads. Signatures and tokens are not
// checked.
func (c *Contract) Accepts(r *http.Request) error {
	route, params, err := c.find(r)
	if err != nil {
		return err
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, RejectWhenRequestBodyNotSpecified: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		return fmt.Errorf("openapi: %s %s: %w", r.Method, route.Path, err)
	}
	return nil
}
