package edge

import (
	"net/http"
	"strconv"
	"strings"
)

// The headers whose values need nothing of the stage.
const (
	// HSTSDays is for how many days a browser asks for the site by https alone.
	HSTSDays = 365
	// Permissions turns off what the site never asks a browser for.
	Permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
	// Opener keeps the site's window apart from a page that opened it.
	Opener = "same-origin"
)

// Origins are the addresses beyond its own that the site talks to, without a
// path. An empty one is left out.
type Origins struct {
	Pool   string // the Cognito endpoint, which sign-up and sign-in call
	Domain string // the pool's domain, where Google and Apple sign-in start and tokens are fetched
	API    string // the API, where it is not behind the site's own address
}

// Policy is the Content-Security-Policy of every page. Nothing is allowed that
// is not named: no script, no style and no font from elsewhere, and none written
// into the page. Pictures may come from anywhere, since a profile's avatar does.
func Policy(o Origins) string {
	connect := "connect-src 'self'"
	for _, origin := range []string{o.API, o.Pool, o.Domain} {
		if origin != "" && !strings.Contains(connect, origin) {
			connect += " " + origin
		}
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "img-src 'self' data: https:", connect,
		"manifest-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
	}, "; ")
}

// Headers are what the edge adds to every answer, of the site and of the API. An
// answer that brings one of them keeps its own, except for X-Content-Type-Options.
func Headers(o Origins) http.Header {
	return http.Header{
		"Strict-Transport-Security":  {"max-age=" + strconv.Itoa(HSTSDays*24*60*60) + "; includeSubDomains"},
		"X-Content-Type-Options":     {"nosniff"},
		"X-Frame-Options":            {"DENY"},
		"Referrer-Policy":            {"strict-origin-when-cross-origin"},
		"Content-Security-Policy":    {Policy(o)},
		"Permissions-Policy":         {Permissions},
		"Cross-Origin-Opener-Policy": {Opener},
	}
}

// The cache rules of the site's files.
const (
	// Forever is for what has its hash in its name: everything below assets/.
	Forever = "public, max-age=31536000, immutable"
	// Never is for what keeps its name when it changes: the pages and config.json.
	Never = "no-cache"
)
