package openapi_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/openapi"
)

// root is the repository's, from this package's folder.
const root = "../.."

// shared reads the document once for all tests, which only read it.
var shared = sync.OnceValues(func() (*openapi.Contract, error) { return openapi.Open(root) })

func open(t testing.TB) *openapi.Contract {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheDocumentHasEveryRouteOfTheManifest(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(manifest(), open(t).Routes()); diff != "" {
		t.Errorf("the manifest and docs/openapi.yaml differ (-manifest +document):\n%s", diff)
	}
}

// manifest lists the routes of the fleet.
func manifest() (out []string) {
	for _, f := range fleet.Functions() {
		for _, method := range f.Trigger.Methods() {
			out = append(out, method+" "+f.Trigger.Path)
		}
	}
	slices.Sort(out)
	return out
}

// TestEveryOperationIsWhole finds what a reader would miss in an operation.
func TestEveryOperationIsWhole(t *testing.T) {
	t.Parallel()
	c := open(t)
	seen := map[string]string{}
	for _, route := range c.Routes() {
		op := operation(c, route)
		if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 {
			t.Errorf("%s lacks its summary, its id or its tag", route)
		}
		if other := seen[op.OperationID]; other != "" {
			t.Errorf("%s and %s are both called %s", route, other, op.OperationID)
		}
		seen[op.OperationID] = route
		guarded := op.Security == nil // the document's own: an access token
		if api := strings.Contains(route, " /api/") && !strings.HasPrefix(route, "OPTIONS"); guarded && !api {
			t.Errorf("%s asks for an access token", route)
		}
		if _, answers401 := op.Responses.Map()["401"]; guarded != answers401 {
			t.Errorf("%s: asks for an access token: %v, refuses one: %v", route, guarded, answers401)
		}
		for _, status := range []string{"429", "502", "504"} {
			if op.Responses.Value(status) == nil {
				t.Errorf("%s does not speak of %s, which API Gateway answers for any route", route, status)
			}
		}
	}
}

// TestAnswersAreClosed finds objects of answers that may have any member: a
// member that is not described could come and go unseen.
func TestAnswersAreClosed(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, route := range c.Routes() {
		for status, response := range operation(c, route).Responses.Map() {
			for kind, media := range response.Value.Content {
				for _, path := range loose(media.Schema, nil) {
					t.Errorf("%s answers %s, %s: the object %q says nothing of additionalProperties", route, status, kind, path)
				}
			}
		}
	}
}

// loose lists the objects of a schema that do not say what else they may hold.
func loose(s *openapi3.SchemaRef, path []string) (out []string) {
	if s == nil || s.Value == nil {
		return nil
	}
	v := s.Value
	if v.Type.Includes("object") && v.AdditionalProperties.Has == nil && v.AdditionalProperties.Schema == nil {
		out = append(out, "."+strings.Join(path, "."))
	}
	for name, p := range v.Properties {
		out = append(out, loose(p, append(slices.Clone(path), name))...)
	}
	for _, part := range v.AllOf {
		out = append(out, loose(part, path)...)
	}
	return append(out, loose(v.Items, append(slices.Clone(path), "[]"))...)
}

func operation(c *openapi.Contract, route string) *openapi3.Operation {
	method, path, _ := strings.Cut(route, " ")
	return c.Document().Paths.Value(path).GetOperation(method)
}

func TestABrokenDocumentIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"an example that is no integer","content":{"application/json":{"schema":{"type":"integer"},"example":"x"}}}}}}}}`,
		`{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/a/{b}":{"get":{"responses":{"200":{"description":"x"}}}}}}`,
	} {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openapi.New(doc); err == nil {
			t.Errorf("New(%s) accepts it", text)
		}
	}
	if _, err := openapi.Open(t.TempDir()); err == nil {
		t.Error("Open of an empty folder finds a document")
	}
}
