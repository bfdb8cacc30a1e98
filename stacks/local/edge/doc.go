// Package edge is CloudFront on this machine: the one address in front of the
// site and the API. It runs the real geofence function on each request of the
// site, hands /api and /webhooks to the gateway, and adds the headers that
// CloudFront adds.
package edge
