package journey_test

import (
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/stacks/openapi"
)

// contract returns a transport that holds every answer of the API at an edge
// against docs/openapi.yaml.
func contract(t testing.TB, edge string) http.RoundTripper {
	t.Helper()
	c, err := openapi.Open(dynamotest.Root(t))
	if err != nil {
		t.Fatal(err)
	}
	return &openapi.Transport{Contract: c, Host: strings.TrimPrefix(edge, "http://"), Report: func(err error) { t.Error(err) }}
}
