package edge_test

import (
	"strings"
	"testing"

	viewer "callanalyst/stacks/aws/edge"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	const pool, domain = "https://cognito-idp.us-east-2.amazonaws.com", "https://x.auth.us-east-2.amazoncognito.com"
	for _, tt := range []struct {
		name    string
		origins viewer.Origins
		want    string // the directive for connections
	}{
		{"a site that talks to itself", viewer.Origins{}, "connect-src 'self'"},
		{"the pool and its domain", viewer.Origins{Pool: pool, Domain: domain}, "connect-src 'self' " + pool + " " + domain},
		{"an API of its own", viewer.Origins{API: "https://api.x.app", Pool: pool}, "connect-src 'self' https://api.x.app " + pool},
		{"one address for both is named once", viewer.Origins{Pool: "http://localhost:4566", Domain: "http://localhost:4566"}, "connect-src 'self' http://localhost:4566"},
	} {
		got := strings.Split(viewer.Policy(tt.origins), "; ")
		found := ""
		for _, directive := range got {
			if strings.HasPrefix(directive, "connect-src") {
				found = directive
			}
		}
		if found != tt.want {
			t.Errorf("%s: Policy(%+v) connects to %q, want %q", tt.name, tt.origins, found, tt.want)
		}
	}
}

// TestNothingRunsThatIsNotAFileOfTheSite holds the policy to what makes it worth
// having: a script that somebody writes into a page does not run.
func TestNothingRunsThatIsNotAFileOfTheSite(t *testing.T) {
	t.Parallel()
	policy := viewer.Policy(viewer.Origins{Pool: "https://pool", Domain: "https://domain", API: "https://api"})
	for _, word := range []string{"unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "*"} {
		if strings.Contains(policy, word) {
			t.Errorf("Policy = %q, which has %s", policy, word)
		}
	}
	for _, directive := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
	} {
		if !strings.Contains("; "+policy+";", "; "+directive+";") {
			t.Errorf("Policy = %q, which lacks %s", policy, directive)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	got := viewer.Headers(viewer.Origins{})
	for name, want := range map[string]string{
		"Strict-Transport-Security":  "max-age=31536000; includeSubDomains",
		"X-Content-Type-Options":     "nosniff",
		"X-Frame-Options":            "DENY",
		"Referrer-Policy":            "strict-origin-when-cross-origin",
		"Content-Security-Policy":    viewer.Policy(viewer.Origins{}),
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got.Get(name) != want {
			t.Errorf("Headers: %s = %q, want %q", name, got.Get(name), want)
		}
	}
	if !strings.Contains(got.Get("Permissions-Policy"), "microphone=()") {
		t.Errorf("Headers: Permissions-Policy = %q, want the microphone off", got.Get("Permissions-Policy"))
	}
}
