package netlify_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/dop251/goja"

	viewer "callanalyst/stacks/aws/edge"
	"callanalyst/stacks/local/edge"
)

// verdict is what an edge does with a request: "pass", or a status and where to.
type verdict string

// judge is an edge's word on a request.
type judge func(method, uri, country string) verdict

// netlify runs the interim function as Netlify does: the excluded paths first.
func netlify(t *testing.T) judge {
	t.Helper()
	text, err := os.ReadFile("edge-functions/geofence.js")
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Replace(string(text), "export default", "const fence =", 1)
	script = strings.Replace(script, "export const config", "var config", 1)
	vm := goja.New()
	prelude := `function Response(body, init) { this.status = init.status; this.headers = init.headers; }`
	if _, err := vm.RunString(prelude + script); err != nil {
		t.Fatal(err)
	}
	var open []string
	if err := vm.ExportTo(vm.Get("config").ToObject(vm).Get("excludedPath"), &open); err != nil {
		t.Fatal(err)
	}
	return func(method, uri, country string) verdict { return interim(t, vm, open, method, uri, country) }
}

// interim is the function's word on one request.
func interim(t *testing.T, vm *goja.Runtime, open []string, method, uri, country string) verdict {
	t.Helper()
	for _, pattern := range open {
		if folder, ok := strings.CutSuffix(pattern, "*"); (ok && strings.HasPrefix(uri, folder)) || pattern == uri {
			return "pass"
		}
	}
	_ = vm.Set("method", method)
	_ = vm.Set("country", country)
	v, err := vm.RunString(`fence({ method: method }, { geo: country === 'none' ? undefined : { country: { code: country } }, next: () => 'pass' })`)
	if err != nil {
		t.Fatal(err)
	}
	answer := v.Export().(*goja.Promise).Result()
	if answer.String() == "pass" {
		return "pass"
	}
	response := answer.ToObject(vm)
	headers := response.Get("headers").ToObject(vm)
	if headers.Get("cache-control").String() != "no-store" {
		t.Errorf("%s %s: a refusal may be cached", method, uri)
	}
	where := ""
	if l := headers.Get("location"); l != nil {
		where = l.String()
	}
	return verdict(response.Get("status").String() + " " + where)
}

// cloudfront runs the geofence that follows the interim one.
func cloudfront(t *testing.T) judge {
	t.Helper()
	g, err := edge.NewGeofence("geofence.js", viewer.Geofence())
	if err != nil {
		t.Fatal(err)
	}
	return func(method, uri, country string) verdict { return final(t, g, method, uri, country) }
}

// final is CloudFront's word on one request.
func final(t *testing.T, g *edge.Geofence, method, uri, country string) verdict {
	t.Helper()
	r := httptest.NewRequest(method, "https://callanalyst.app"+uri, http.NoBody)
	if country != "" && country != "none" {
		r.Header.Set("Cloudfront-Viewer-Country", country)
	}
	v, err := g.Judge(r)
	if err != nil {
		t.Fatal(err)
	}
	if v.Pass {
		return "pass"
	}
	return verdict(http.StatusText(v.Status) + " " + v.Header.Get("Location"))
}

// TestTheInterimGeofenceJudgesAsCloudFrontsDoes runs both over one table. Paths
// that climb are Netlify's to resolve before the function sees them.
func TestTheInterimGeofenceJudgesAsCloudFrontsDoes(t *testing.T) {
	t.Parallel()
	before, after := netlify(t), cloudfront(t)
	names := map[verdict]verdict{"302 /blocked.html": "Found /blocked.html", "403 ": "Forbidden ", "pass": "pass"}
	for _, country := range []string{"US", "us", "PR", "GU", "VI", "AS", "MP", "UM", "DE", "CA", "GB", "", "none"} {
		for _, uri := range []string{
			"/", "/account", "/assets/app.js", "/blocked.html", "/blocked.html/", "/blocked/logo.svg", "/robots.txt", "/favicon.ico",
			"/.well-known/apple-app-site-association", "/api/ask", "/webhooks/stripe", "/apix", "/blocked",
		} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
				want, got := after(method, uri, country), names[before(method, path.Clean(uri)+trailing(uri), country)]
				if got != want {
					t.Errorf("%s %s from %q = %q, want %q as on CloudFront", method, uri, country, got, want)
				}
			}
		}
	}
}

func trailing(uri string) string {
	if len(uri) > 1 && strings.HasSuffix(uri, "/") {
		return "/"
	}
	return ""
}
