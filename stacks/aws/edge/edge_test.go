package edge_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	viewer "callanalyst/stacks/aws/edge"
	"callanalyst/stacks/local/edge"
)

// judged runs source as CloudFront would on a request.
func judged(t *testing.T, source, method, uri, country string) edge.Verdict {
	t.Helper()
	return judgedBy(t, loaded(t, source), method, uri, country)
}

// loaded compiles source, for a test that asks it often.
func loaded(t *testing.T, source string) *edge.Geofence {
	t.Helper()
	g, err := edge.NewGeofence("viewer-request", source)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func judgedBy(t *testing.T, g *edge.Geofence, method, uri, country string) edge.Verdict {
	t.Helper()
	r := httptest.NewRequest(method, "https://callanalyst.app"+uri, http.NoBody)
	if country != "" {
		r.Header.Set("Cloudfront-Viewer-Country", country)
	}
	v, err := g.Judge(r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTheFileIsTheLocalEdgesOwn shows that both worlds run one geofence.
func TestTheFileIsTheLocalEdgesOwn(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("geofence.js")
	if err != nil {
		t.Fatal(err)
	}
	if viewer.Geofence() != string(file) {
		t.Error("Geofence() is not geofence.js")
	}
}

func TestTheWholeFunctionFitsCloudFront(t *testing.T) {
	t.Parallel()
	source := viewer.ViewerRequest()
	if len(source) > viewer.Limit {
		t.Errorf("%d bytes, and CloudFront takes %d", len(source), viewer.Limit)
	}
	if n := strings.Count(source, "function handler("); n != 1 {
		t.Errorf("%d functions are called handler, want one", n)
	}
}

// TestTheWholeFunctionFencesAsTheGeofenceDoes compares the two over every kind
// of visitor and path; they may differ in the path that passes alone.
func TestTheWholeFunctionFencesAsTheGeofenceDoes(t *testing.T) {
	t.Parallel()
	alone, whole := loaded(t, viewer.Geofence()), loaded(t, viewer.ViewerRequest())
	for _, country := range []string{"US", "PR", "GU", "VI", "AS", "MP", "UM", "us", "DE", "CA", ""} {
		for _, uri := range []string{
			"/", "/account", "/assets/app.js", "/blocked.html", "/blocked.html/", "/blocked/logo.svg", "/robots.txt", "/favicon.ico",
			"/.well-known/acme-challenge/x", "/api/ask", "/api/../index.html", "/api/%2e%2e/index.html", "/webhooks//x",
		} {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				want := judgedBy(t, alone, method, uri, country)
				got := judgedBy(t, whole, method, uri, country)
				if got.Pass != want.Pass || got.Status != want.Status || got.Header.Get("Location") != want.Header.Get("Location") {
					t.Errorf("%s %s from %q = %+v, want %+v", method, uri, country, got, want)
				}
			}
		}
	}
}

func TestTheSitesOwnPathsGetItsPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ uri, want string }{
		{"/", "/index.html"},
		{"/account", "/index.html"},
		{"/auth/callback", "/index.html"},
		{"/v1.2/notes", "/index.html"},
		{"/assets/app-3f2c.js", "/assets/app-3f2c.js"},
		{"/blocked.html", "/blocked.html"},
		{"/.well-known/apple-app-site-association", "/.well-known/apple-app-site-association"},
	} {
		if got := judged(t, viewer.ViewerRequest(), http.MethodGet, tt.uri, "US"); !got.Pass || got.URI != tt.want {
			t.Errorf("GET %s asks the bucket for %q (pass %t), want %q", tt.uri, got.URI, got.Pass, tt.want)
		}
	}
}

// TestTheBlockPageComesWithAllOfItsParts follows what the page loads: a reader
// abroad gets each file, and the policy lets each one in.
func TestTheBlockPageComesWithAllOfItsParts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../web/public/blocked.html")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`<(?:link|script|img)[^>]*(?:src|href)="([^"]+)"`).FindAllStringSubmatch(string(page), -1)
	if len(parts) == 0 {
		t.Error("the page loads nothing: it has no style that the policy allows")
	}
	for _, part := range parts {
		if !strings.HasPrefix(part[1], "/blocked/") && part[1] != "/favicon.ico" {
			t.Errorf("the page loads %s, which is not below /blocked/", part[1])
		}
		if !judged(t, viewer.ViewerRequest(), http.MethodGet, part[1], "DE").Pass {
			t.Errorf("the page loads %s, which the geofence refuses", part[1])
		}
	}
	if m := regexp.MustCompile(`<style|\sstyle="|<script(?:>|[^>]*>[^<])`).Find(page); m != nil {
		t.Errorf("the page has %q written into it, which the policy refuses", m)
	}
}
