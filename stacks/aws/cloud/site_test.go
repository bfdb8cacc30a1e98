package cloud_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/aws/edge"
)

// TestCloudFrontSendsTheHeadersOfTheLocalEdge writes the policy out as the
// browser will see it, and compares it with what the local edge sends.
func TestCloudFrontSendsTheHeadersOfTheLocalEdge(t *testing.T) {
	policy := one(t, templates(t)["EdgeStack"], "AWS::CloudFront::ResponseHeadersPolicy")
	security := at(policy, "ResponseHeadersPolicyConfig", "SecurityHeadersConfig")
	got := http.Header{}
	got.Set("Strict-Transport-Security", fmt.Sprintf("max-age=%.0f; includeSubDomains", at(security, "StrictTransportSecurity", "AccessControlMaxAgeSec")))
	got.Set("X-Frame-Options", fmt.Sprint(at(security, "FrameOptions", "FrameOption")))
	got.Set("Referrer-Policy", fmt.Sprint(at(security, "ReferrerPolicy", "ReferrerPolicy")))
	got.Set("Content-Security-Policy", fmt.Sprint(at(security, "ContentSecurityPolicy", "ContentSecurityPolicy")))
	if at(security, "ContentTypeOptions", "Override") == true {
		got.Set("X-Content-Type-Options", "nosniff")
	}
	custom, _ := at(policy, "ResponseHeadersPolicyConfig", "CustomHeadersConfig", "Items").([]any)
	for _, h := range custom {
		got.Set(fmt.Sprint(at(h, "Header")), fmt.Sprint(at(h, "Value")))
	}
	want := edge.Headers(edge.Origins{
		Pool:   "https://cognito-idp.us-east-2.amazonaws.com",
		Domain: "https://callanalyst.auth.us-east-2.amazoncognito.com",
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-local +CloudFront):\n%s", diff)
	}
	for _, behavior := range behaviors(t) {
		if at(behavior, "ResponseHeadersPolicyId", "Ref") == nil {
			t.Errorf("%v goes out without the headers", at(behavior, "PathPattern"))
		}
	}
}

// behaviors are all of the distribution's, the site's own first.
func behaviors(t *testing.T) []any {
	t.Helper()
	d := distribution(t)
	more, _ := d["CacheBehaviors"].([]any)
	return append([]any{d["DefaultCacheBehavior"]}, more...)
}

// TestTheSiteIsUploadedInTheRightOrder shows what a browser may keep for ever,
// and that a page never names a file that is not there yet.
func TestTheSiteIsUploadedInTheRightOrder(t *testing.T) {
	stack := templates(t)["EdgeStack"]
	uploads := map[string]resource{} // by cache rule
	ids := map[string]string{}
	for id, r := range stack.Resources {
		if r.Type == "Custom::CDKBucketDeployment" {
			rule := fmt.Sprint(at(r.Properties, "SystemMetadata", "cache-control"))
			uploads[rule], ids[rule] = r, id
		}
	}
	assets, pages := uploads[edge.Forever], uploads[edge.Never]
	if len(uploads) != 2 || assets.Type == "" || pages.Type == "" {
		t.Fatalf("uploads by cache rule: %v, want %q and %q", ids, edge.Forever, edge.Never)
	}
	for _, tt := range []struct {
		name, got, want string
	}{
		{"what is kept for ever", inJSON([]any{assets.Properties["Exclude"], assets.Properties["Include"]}), `[["*"],["assets/*"]]`},
		{"old files stay for open pages", inJSON(assets.Properties["Prune"]), "false"},
		{"what is never kept", inJSON([]any{pages.Properties["Exclude"], pages.Properties["Include"]}), `[["assets/*"],null]`},
		{"pages that are gone are deleted", inJSON(pages.Properties["Prune"]), "true"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	if !slices.ContainsFunc(words(pages.DependsOn), func(id string) bool { return strings.HasPrefix(id, "Assets") }) {
		t.Errorf("the pages wait for %v, want the assets", pages.DependsOn)
	}
	if markers := inJSON(pages.Properties["SourceMarkers"]); !strings.Contains(markers, "Pool") || !strings.Contains(markers, "WebClient") {
		t.Errorf("config.json is filled in with %s, want the pool and the client", markers)
	}
}
