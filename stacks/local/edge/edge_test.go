package edge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	viewer "callanalyst/stacks/aws/edge"
	"callanalyst/stacks/local/edge"
)

// named answers its name and the path it saw.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, name+" "+r.Method+" "+r.URL.Path)
	})
}

func front(t testing.TB, change func(*edge.Options)) *edge.Edge {
	t.Helper()
	o := edge.Options{
		Geofence: geofence(t), Site: named("site"), API: named("api"), Console: named("console"),
		Country: "US", Verify: "v-1", ID: func() string { return "cf-1" }, Headers: viewer.Headers(viewer.Origins{}),
	}
	if change != nil {
		change(&o)
	}
	return edge.New(o)
}

func call(t testing.TB, h http.Handler, r *http.Request) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEdgeRoutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, country string
		status                      int
		want                        string
	}{
		{name: "the site", path: "/pricing", status: 200, want: "site GET /pricing"},
		{name: "the API", method: "POST", path: "/api/ask", status: 200, want: "api POST /api/ask"},
		{name: "a webhook from Ireland", method: "POST", path: "/webhooks/stripe", country: "IE", status: 200, want: "api POST /webhooks/stripe"},
		{name: "the console is at home everywhere", path: "/_local/state", country: "DE", status: 200, want: "console GET /_local/state"},
		{name: "a name that only begins like the API is the site", path: "/apiary", status: 200, want: "site GET /apiary"},
		{name: "the site from Germany", path: "/pricing", country: "DE", status: 302},
		{name: "the site from nowhere", path: "/pricing", country: edge.Nowhere, status: 302},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			resp := call(t, front(t, nil), visit(t.Context(), method, tt.path, tt.country))
			if got := text(t, resp); resp.StatusCode != tt.status || got != tt.want {
				t.Errorf("%s %s from %q = %d %q, want %d %q", method, tt.path, tt.country, resp.StatusCode, got, tt.status, tt.want)
			}
		})
	}
}

func TestEdgeCountry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header, cookie, fallback string
		want                           []string
	}{
		{name: "the default", fallback: "US", want: []string{"US"}},
		{name: "a cookie travels", cookie: "FR", fallback: "US", want: []string{"FR"}},
		{name: "a header wins over the cookie", header: "DE", cookie: "FR", fallback: "US", want: []string{"DE"}},
		{name: "nowhere leaves the header out", header: edge.Nowhere, fallback: "US"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			e := front(t, func(o *edge.Options) {
				o.Country = tt.fallback
				o.API = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Values("CloudFront-Viewer-Country") })
			})
			r := visit(t.Context(), http.MethodGet, "/api/profile", tt.header)
			if tt.cookie != "" {
				r.AddCookie(&http.Cookie{Name: "country", Value: tt.cookie})
			}
			call(t, e, r)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("country header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEdgeAddsCloudFrontsHeaders(t *testing.T) {
	t.Parallel()
	var seen http.Header
	e := front(t, func(o *edge.Options) {
		o.API = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	})
	r := visit(t.Context(), http.MethodGet, "/api/profile", "")
	r.RemoteAddr = "203.0.113.7:4711"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	r.Header.Set("X-Origin-Verify", "forged")
	r.Header.Set("Cloudfront-Viewer-City", "forged")
	resp := call(t, e, r)

	want := map[string]string{
		"X-Forwarded-For": "198.51.100.1, 203.0.113.7", "X-Origin-Verify": "v-1", "X-Amz-Cf-Id": "cf-1",
		"Via": "1.1 local.cloudfront.net (CloudFront)", "Cloudfront-Viewer-City": "",
	}
	for name, value := range want {
		if got := seen.Get(name); got != value {
			t.Errorf("request header %s = %q, want %q", name, got, value)
		}
	}
	for _, name := range []string{"Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy", "X-Amz-Cf-Id"} {
		if resp.Header.Get(name) == "" {
			t.Errorf("answer lacks header %s", name)
		}
	}
	if got := r.Header.Get("X-Origin-Verify"); got != "forged" {
		t.Errorf("the caller's own request was changed: X-Origin-Verify = %q", got)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		parts  []edge.Part
		status int
		want   string
	}{
		{name: "all parts work", parts: []edge.Part{{Name: "dynamodb"}}, status: 200, want: `{"status":"ok","parts":[{"name":"dynamodb","status":"ok"}]}`},
		{
			name: "one part is down", parts: []edge.Part{{Name: "dynamodb", Err: errors.New("refused")}, {Name: "cognito"}}, status: 503,
			want: `{"status":"down","parts":[{"name":"dynamodb","status":"down","error":"refused"},{"name":"cognito","status":"ok"}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := front(t, func(o *edge.Options) { o.Health = func(context.Context) []edge.Part { return tt.parts } })
			resp := call(t, e, visit(t.Context(), http.MethodGet, "/healthz", "DE"))
			if got := strings.TrimSpace(text(t, resp)); resp.StatusCode != tt.status || got != tt.want {
				t.Errorf("healthz = %d %s, want %d %s", resp.StatusCode, got, tt.status, tt.want)
			}
			if ct := resp.Header.Get("Content-Type"); ct != "application/json" || !json.Valid([]byte(tt.want)) {
				t.Errorf("Content-Type = %q", ct)
			}
		})
	}
}

func TestBrokenGeofenceClosesTheSite(t *testing.T) {
	t.Parallel()
	broken, err := edge.NewGeofence("broken.js", `function handler(e) { throw new Error('broken'); }`)
	if err != nil {
		t.Fatal(err)
	}
	resp := call(t, front(t, func(o *edge.Options) { o.Geofence = broken }), visit(t.Context(), http.MethodGet, "/", "US"))
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET / behind a broken geofence = %d, want 503", resp.StatusCode)
	}
}

// A stream must reach the visitor piece by piece: the second piece is written
// only once the first has been read.
func TestStreamIsNotHeldBack(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	e := front(t, func(o *edge.Options) {
		o.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "data: 1\n")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-read:
			case <-r.Context().Done():
			}
			_, _ = io.WriteString(w, "data: 2\n")
		})
	})
	srv := httptest.NewServer(e)
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/api/ask", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for _, want := range []string{"data: 1", "data: 2"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("line = %q, want %q", lines.Text(), want)
		}
		if want == "data: 1" {
			close(read)
		}
	}
}

// config is what a site is told, and configText how.
var config = viewer.Config{Region: "us-east-2", PoolID: "us-east-2_x", ClientID: "c", Domain: "http://localhost:4566", Providers: []string{"Google"}, TOS: "2026-06-01"}

const configText = `{"region":"us-east-2","user_pool_id":"us-east-2_x","user_pool_client_id":"c","user_pool_domain":"http://localhost:4566",` +
	`"providers":["Google"],"tos_version":"2026-06-01"}` + "\n"

func TestSite(t *testing.T) {
	t.Parallel()
	dist := filepath.Join(t.TempDir(), "dist")
	for name, content := range map[string]string{
		"index.html": "<p>app</p>", "terms.html": "<p>terms</p>", "assets/app-1f.js": "1", ".well-known/apple": "apple",
	} {
		file := filepath.Join(dist, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(dist, "..", "secret.html")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, method, path string
		status             int
		want, cache        string
	}{
		{name: "the front page", path: "/", status: 200, want: "<p>app</p>", cache: "no-cache"},
		{name: "a path of the application", path: "/account/billing", status: 200, want: "<p>app</p>", cache: "no-cache"},
		{name: "a page of its own", path: "/terms.html", status: 200, want: "<p>terms</p>", cache: "no-cache"},
		{name: "its name without the ending is the application's", path: "/terms", status: 200, want: "<p>app</p>", cache: "no-cache"},
		{name: "the page by its own name", path: "/index.html", status: 200, want: "<p>app</p>", cache: "no-cache"},
		{name: "a well-known file without an ending", path: "/.well-known/apple", status: 200, want: "apple", cache: "no-cache"},
		{name: "a well-known file that is not there", path: "/.well-known/none", status: 404, want: "404 page not found\n"},
		{name: "the configuration", path: "/config.json", status: 200, want: configText, cache: "no-cache"},
		{name: "an asset may be kept", path: "/assets/app-1f.js", status: 200, want: "1", cache: "public, max-age=31536000, immutable"},
		{name: "an asset that is not there", path: "/assets/none.js", status: 404, want: "404 page not found\n"},
		{name: "no way out of the folder", path: "/../secret.html", status: 404, want: "404 page not found\n"},
		{name: "POST", method: "POST", path: "/", status: 405, want: "The site is only read.\n"},
	}
	site := edge.Site(dist, config, named("home"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			resp := call(t, site, visit(t.Context(), method, tt.path, "US"))
			if got := text(t, resp); resp.StatusCode != tt.status || got != tt.want {
				t.Errorf("%s = %d %q, want %d %q", tt.path, resp.StatusCode, got, tt.status, tt.want)
			}
			if got := resp.Header.Get("Cache-Control"); tt.cache != "" && got != tt.cache {
				t.Errorf("%s: Cache-Control = %q, want %q", tt.path, got, tt.cache)
			}
		})
	}
	if got := text(t, call(t, site, visit(t.Context(), http.MethodGet, "/blocked.html", ""))); !strings.Contains(got, "United States") {
		t.Errorf("blocked.html = %q, want the built-in page", got)
	}
}

func TestSiteWithoutABuildShowsHome(t *testing.T) {
	t.Parallel()
	site := edge.Site(filepath.Join(t.TempDir(), "none"), config, named("home"))
	if got := text(t, call(t, site, visit(t.Context(), http.MethodGet, "/", "US"))); got != "home GET /" {
		t.Errorf("GET / = %q, want home", got)
	}
	if got := text(t, call(t, site, visit(t.Context(), http.MethodGet, "/blocked.html", "DE"))); !strings.Contains(got, "United States") {
		t.Errorf("blocked.html = %q, want the built-in page", got)
	}
}
