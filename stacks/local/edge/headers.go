package edge

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

const countryHeader = "Cloudfront-Viewer-Country"

// arrive returns the request as CloudFront sends it on. What a visitor says
// about himself in CloudFront's own headers is replaced; only the country may
// be chosen, since on this machine there is no other way to travel.
func (e *Edge) arrive(r *http.Request) *http.Request {
	country := e.country(r)
	out := r.Clone(r.Context())
	h := out.Header
	for name := range h {
		if strings.HasPrefix(name, "Cloudfront-") {
			h.Del(name)
		}
	}
	if country != Nowhere {
		h.Set(countryHeader, country)
	}
	forward(h, r.RemoteAddr)
	h.Set("Via", "1.1 local.cloudfront.net (CloudFront)")
	h.Set("X-Amz-Cf-Id", e.o.ID())
	h.Set("X-Origin-Verify", e.o.Verify)
	return out
}

// country is what the visitor's header says, else his cookie named country,
// else the default.
func (e *Edge) country(r *http.Request) string {
	if v := r.Header.Get(countryHeader); v != "" {
		return v
	}
	if c, err := r.Cookie("country"); err == nil && c.Value != "" {
		return c.Value
	}
	return e.o.Country
}

// forward adds the visitor to the end of X-Forwarded-For, as CloudFront does:
// what stands before it is the visitor's own claim.
func forward(h http.Header, remote string) {
	ip, _, err := net.SplitHostPort(remote)
	if err != nil {
		ip = remote
	}
	if claimed := h.Values("X-Forwarded-For"); len(claimed) > 0 {
		ip = strings.Join(claimed, ", ") + ", " + ip
	}
	h.Set("X-Forwarded-For", ip)
}

// leave sets the headers that CloudFront adds to every answer. The answer itself
// may still replace them.
func (e *Edge) leave(h http.Header, r *http.Request) {
	for name, values := range e.o.Headers {
		h[name] = slices.Clone(values)
	}
	h.Set("Via", "1.1 local.cloudfront.net (CloudFront)")
	h.Set("X-Cache", "Miss from cloudfront")
	h.Set("X-Amz-Cf-Id", r.Header.Get("X-Amz-Cf-Id"))
}
