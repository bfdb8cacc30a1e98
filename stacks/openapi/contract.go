// Package openapi holds what the fleet says against docs/openapi.yaml, the one
// description of its HTTP routes. Tests use it: they hold the manifest, the
// sample events and whatever the local fleet answers against the document, so
// that neither can change alone.
package openapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// Contract is the document, ready to judge. It is safe for concurrent use.
type Contract struct {
	doc    *openapi3.T
	router routers.Router
}

// ErrNoRoute reports a request that the document has no route for.
var ErrNoRoute = errors.New("openapi: the document has no such route")

// Open reads docs/openapi.yaml below root, the repository's folder, and checks
// the document itself, its examples too.
func Open(root string) (*Contract, error) {
	path := filepath.Join(root, "docs", "openapi.yaml")
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("openapi: read %s: %w", path, err)
	}
	return New(doc)
}

// New checks the document and returns its contract.
func New(doc *openapi3.T) (*Contract, error) {
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi: check the document: %w", err)
	}
	// Paths alone decide: every test's fleet has another address.
	nowhere := *doc
	nowhere.Servers = nil
	router, err := legacy.NewRouter(&nowhere)
	if err != nil {
		return nil, fmt.Errorf("openapi: read the routes: %w", err)
	}
	return &Contract{doc: doc, router: router}, nil
}

// Document returns the document itself, which is shared: read it only.
func (c *Contract) Document() *openapi3.T { return c.doc }

// Routes returns every route as "GET /api/profile", in order.
func (c *Contract) Routes() []string {
	var out []string
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			out = append(out, method+" "+path)
		}
	}
	slices.Sort(out)
	return out
}

// find returns the route of a request and the parameters in its path.
func (c *Contract) find(r *http.Request) (*routers.Route, map[string]string, error) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s %s: %w", ErrNoRoute, r.Method, r.URL.Path, err)
	}
	return route, params, nil
}
