package openapi_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// section matches the heading of a code in docs/errors.md.
var section = regexp.MustCompile(`(?m)^## ([A-Z_]+)$`)

// operators begins the part of docs/errors.md whose codes no person meets.
const operators = "# Codes that only logs, dead letters and operators see"

// TestTheDocumentAndTheErrorsPageKnowTheSameCodes holds the codes that routes
// answer, and those that people meet elsewhere, against docs/errors.md.
func TestTheDocumentAndTheErrorsPageKnowTheSameCodes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs", "errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	people, _, ok := strings.Cut(string(page), "\n"+operators+"\n")
	if !ok {
		t.Fatalf("docs/errors.md lacks the heading %q", operators)
	}
	var want []string
	for _, m := range section.FindAllStringSubmatch(people, -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, documented(t)); diff != "" {
		t.Errorf("docs/errors.md and docs/openapi.yaml name different codes (-errors +openapi):\n%s", diff)
	}
}

// documented lists every code of the document once.
func documented(t *testing.T) []string {
	t.Helper()
	c := open(t)
	all := map[string]bool{}
	for _, route := range c.Routes() {
		method, path, _ := strings.Cut(route, " ")
		for status, codes := range c.Codes(method, path) {
			if len(codes) == 0 {
				t.Errorf("%s answers %s without saying with which codes", route, status)
			}
			for _, code := range codes {
				all[code] = true
			}
		}
	}
	for code, where := range c.Elsewhere() {
		if all[code] || where == "" {
			t.Errorf("%s is listed as met elsewhere, and a route answers it or the place is missing", code)
		}
		all[code] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func TestCodesOfARoute(t *testing.T) {
	t.Parallel()
	c := open(t)
	got := c.Codes("POST", "/api/checkout")
	want := map[string][]string{
		"400": {"INVALID_BODY", "INVALID_FIELD"}, "401": {"TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_MISSING"},
		"403": {"ACCOUNT_DISABLED", "TOS_REQUIRED"}, "409": {"ALREADY_SUBSCRIBED"}, "413": {"BODY_TOO_LARGE"},
		"500": {"INTERNAL"}, "503": {"UPSTREAM_UNAVAILABLE"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Codes of POST /api/checkout (-want +got):\n%s", diff)
	}
	if got := c.Codes("POST", "/api/ask")["200"]; len(got) == 0 {
		t.Error("the stream's error event has no codes")
	}
	if got := c.Codes("PUT", "/api/checkout"); len(got) > 0 {
		t.Errorf("Codes of a route that is not there = %v", got)
	}
}
