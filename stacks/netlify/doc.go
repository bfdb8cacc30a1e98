// Package netlify holds the interim geofence, for as long as the site is served
// by Netlify: edge-functions/geofence.js goes into the site's
// netlify/edge-functions. Its tests run it beside CloudFront's own.
package netlify
