package edge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"callanalyst/stacks/local/edge"
)

const geofenceFile = "../../aws/edge/geofence.js"

func geofence(t testing.TB) *edge.Geofence {
	t.Helper()
	g, err := edge.LoadGeofence(geofenceFile)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// visit builds a request for a raw path, which may hold what a URL parser would
// tidy up. An empty country leaves the header out.
func visit(ctx context.Context, method, path, country string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, method, "http://site.test"+path, nil)
	if country != "" {
		r.Header.Set("Cloudfront-Viewer-Country", country)
	}
	return r
}

func TestGeofence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		method  string
		path    string
		country string
		status  int // 0: passes
	}{
		{name: "the United States pass", path: "/", country: "US"},
		{name: "Puerto Rico is US", path: "/", country: "PR"},
		{name: "Guam is US", path: "/account", country: "GU"},
		{name: "the US Virgin Islands are US", path: "/", country: "VI"},
		{name: "American Samoa is US", path: "/", country: "AS"},
		{name: "the Northern Mariana Islands are US", path: "/", country: "MP"},
		{name: "the minor outlying islands are US", path: "/", country: "UM"},
		{name: "a country in lower case is the same country", path: "/", country: "us"},
		{name: "Germany is sent away", path: "/", country: "DE", status: 302},
		{name: "the British Virgin Islands are not US", path: "/", country: "VG", status: 302},
		{name: "a code that begins like US is not US", path: "/", country: "USX", status: 302},
		{name: "without a country nobody passes", path: "/", status: 302},
		{name: "an asset of the site is fenced", path: "/assets/app.js", country: "DE", status: 302},
		{name: "HEAD is sent away like GET", method: "HEAD", path: "/", country: "DE", status: 302},
		{name: "POST is refused and not redirected", method: "POST", path: "/", country: "DE", status: 403},
		{name: "DELETE without a country is refused", method: "DELETE", path: "/account", status: 403},
		{name: "POST from the US passes", method: "POST", path: "/", country: "US"},
		{name: "the block page passes", path: "/blocked.html", country: "DE"},
		{name: "the block page passes without a country", path: "/blocked.html"},
		{name: "its assets pass", path: "/blocked/logo.svg", country: "DE"},
		{name: "robots.txt passes", path: "/robots.txt", country: "DE"},
		{name: "the icon passes", path: "/favicon.ico", country: "DE"},
		{name: "well-known files pass", path: "/.well-known/apple-developer-domain-association.txt", country: "DE"},
		{name: "the API is not fenced here", method: "POST", path: "/api/ask", country: "DE"},
		{name: "webhooks are not fenced here", method: "POST", path: "/webhooks/stripe", country: "IE"},
		{name: "a query does not hide the path", path: "/?next=/blocked.html", country: "DE", status: 302},
		{name: "a longer name is not the block page", path: "/blocked.html/index.html", country: "DE", status: 302},
		{name: "a name that only begins like a folder is fenced", path: "/.well-known-else", country: "DE", status: 302},
		{name: "dots do not lead out of a folder", path: "/.well-known/../index.html", country: "DE", status: 302},
		{name: "encoded dots do not lead out", path: "/.well-known/%2e%2E/index.html", country: "DE", status: 302},
		{name: "half-encoded dots do not lead out", path: "/api/.%2e/index.html", country: "DE", status: 302},
		{name: "twice-encoded dots do not lead out", path: "/api/%252e%252e/index.html", country: "DE", status: 302},
		{name: "an encoded slash does not lead out", path: "/blocked/..%2findex.html", country: "DE", status: 302},
		{name: "an encoded backslash does not lead out", path: "/blocked/%5cindex.html", country: "DE", status: 302},
		{name: "an empty segment is not plain", path: "/api//index.html", country: "DE", status: 302},
		{name: "case matters in paths", path: "/API/ask", country: "DE", status: 302},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			got, err := geofence(t).Judge(visit(t.Context(), method, tt.path, tt.country))
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != tt.status || got.Pass != (tt.status == 0) {
				t.Errorf("%s %s from %q: pass %v, status %d; want status %d", method, tt.path, tt.country, got.Pass, got.Status, tt.status)
			}
		})
	}
}

func TestGeofenceRedirectIsRelativeAndNotKept(t *testing.T) {
	t.Parallel()
	r := visit(t.Context(), http.MethodGet, "/pricing", "FR")
	r.Host = "evil.example"
	got, err := geofence(t).Judge(r)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Location": "/blocked.html", "Cache-Control": "no-store", "X-Geofence": "blocked"} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("header %s = %q, want %q", name, v, want)
		}
	}
	unknown, err := geofence(t).Judge(visit(t.Context(), http.MethodGet, "/", ""))
	if err != nil {
		t.Fatal(err)
	}
	if v := unknown.Header.Get("X-Geofence"); v != "unknown" {
		t.Errorf("without a country X-Geofence = %q, want %q", v, "unknown")
	}
}

func TestGeofenceLeavesThePathAlone(t *testing.T) {
	t.Parallel()
	got, err := geofence(t).Judge(visit(t.Context(), http.MethodGet, "/a%20b/c", "US"))
	if err != nil {
		t.Fatal(err)
	}
	if got.URI != "/a%20b/c" {
		t.Errorf("uri = %q, want the one that came in", got.URI)
	}
}

// CloudFront takes at most 10 KB, and a function without imports needs no
// key-value store.
func TestGeofenceFitsCloudFront(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(geofenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(source) > 10<<10 {
		t.Errorf("geofence.js has %d bytes, CloudFront takes 10240", len(source))
	}
	for _, banned := range []string{"import ", "require(", "eval(", "setTimeout", "fetch("} {
		if strings.Contains(string(source), banned) {
			t.Errorf("geofence.js uses %q, which runtime 2.0 or this test does not have", banned)
		}
	}
}

func TestGeofenceReportsWhatIsWrongWithAFunction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
	}{
		{name: "no handler", source: `const x = 1;`},
		{name: "a handler that throws", source: `function handler(e) { return e.nothing.here; }`},
		{name: "an async handler that throws", source: `async function handler(e) { throw new Error('no'); }`},
		{name: "a handler that never answers", source: `async function handler(e) { await new Promise(() => {}); }`},
		{name: "a handler that answers nonsense", source: `function handler(e) { return 7; }`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, err := edge.NewGeofence("test.js", tt.source)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := g.Judge(visit(t.Context(), http.MethodGet, "/", "US")); err == nil {
				t.Errorf("Judge = %+v, want an error", v)
			}
		})
	}
	if _, err := edge.NewGeofence("test.js", `function {`); err == nil {
		t.Error("NewGeofence of broken JavaScript = nil, want an error")
	}
	if _, err := edge.LoadGeofence(t.TempDir() + "/none.js"); err == nil {
		t.Error("LoadGeofence of no file = nil, want an error")
	}
}

func BenchmarkGeofence(b *testing.B) {
	g := geofence(b)
	r := visit(b.Context(), http.MethodGet, "/", "DE")
	for b.Loop() {
		if _, err := g.Judge(r); err != nil {
			b.Fatal(err)
		}
	}
}
