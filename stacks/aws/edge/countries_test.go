package edge_test

import (
	"strings"
	"testing"

	viewer "callanalyst/stacks/aws/edge"
)

// withStore gives the stored function what CloudFront's module would: value is
// JavaScript for what the store answers.
func withStore(t *testing.T, value string) string {
	t.Helper()
	source, ok := strings.CutPrefix(viewer.StoredViewerRequest(), "import cf from 'cloudfront';\n")
	if !ok {
		t.Fatal("the stored function does not import CloudFront's module in its first line")
	}
	prelude := "const console = { log: () => {} };\nconst cf = { kvs: () => ({ get: async (key) => { if (key !== '" + viewer.CountriesKey + "') throw new Error('no key ' + key); " + value + " } }) };\n"
	return prelude + source
}

func TestTheFixedListIsTheOneOfTheFirewall(t *testing.T) {
	t.Parallel()
	for _, code := range viewer.Countries() {
		if !judged(t, viewer.Geofence(), "GET", "/", code).Pass {
			t.Errorf("geofence.js refuses %s, which Countries has", code)
		}
	}
	want := "const COUNTRIES = ['" + strings.Join(viewer.Countries(), "', '") + "'];"
	if !strings.Contains(viewer.Geofence(), want) {
		t.Errorf("geofence.js lacks the line %s", want)
	}
}

func TestTheStoredListIsReadOnEachRequest(t *testing.T) {
	t.Parallel()
	if n := len(viewer.StoredViewerRequest()); n > viewer.Limit {
		t.Errorf("%d bytes, and CloudFront takes %d", n, viewer.Limit)
	}
	for _, tt := range []struct {
		name, store, country string
		pass                 bool
	}{
		{"a country of the list", "return 'US PR CA';", "CA", true},
		{"a country that is not on it any more", "return 'US PR CA';", "GU", false},
		{"letter case and commas do not count", "return 'us,pr';", "PR", true},
		{"no country", "return 'US  PR';", "", false},
		{"no country and an empty list", "return '';", "", false},
		{"a store that fails lets nobody in", "throw new Error('down');", "US", false},
		{"a store without the key lets nobody in", "return undefined;", "US", false},
	} {
		if got := judged(t, withStore(t, tt.store), "GET", "/", tt.country); got.Pass != tt.pass {
			t.Errorf("%s: a visitor from %q passes: %t, want %t", tt.name, tt.country, got.Pass, tt.pass)
		}
	}
}

// TestAStoreThatFailsHidesNothingElse shows that what everybody may read does
// not depend on the store.
func TestAStoreThatFailsHidesNothingElse(t *testing.T) {
	t.Parallel()
	source := withStore(t, "throw new Error('down');")
	for _, uri := range []string{"/blocked.html", "/blocked/blocked.css", "/robots.txt", "/.well-known/acme-challenge/x"} {
		if !judged(t, source, "GET", uri, "DE").Pass {
			t.Errorf("GET %s is refused", uri)
		}
	}
}
