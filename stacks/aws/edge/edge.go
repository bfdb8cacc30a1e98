// Package edge holds what runs on CloudFront in front of the site: the geofence,
// which the local fleet runs too, and the rule that gives the application's own
// paths its page.
package edge

import (
	_ "embed"
	"strings"
)

//go:embed geofence.js
var geofence string

//go:embed site.js
var site string

// Limit is how many bytes of code CloudFront accepts in one function.
const Limit = 10 << 10

// Geofence returns the geofence alone, as the local fleet runs it.
func Geofence() string { return geofence }

// ViewerRequest returns the whole function for CloudFront. A behaviour takes one
// function for each event, so the geofence's handler becomes fence, and site.js
// brings the handler that calls it.
func ViewerRequest() string {
	return strings.Replace(geofence, "async function handler(event)", "async function fence(event)", 1) + "\n" + site
}
