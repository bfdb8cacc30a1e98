package rest

import (
	"net/netip"
	"strings"
)

// Visitor returns the address of whoever stands before CloudFront. CloudFront adds
// it to the end of X-Forwarded-For, and API Gateway adds CloudFront's behind it; what
// stands further ahead is the visitor's own claim and does not count. Who calls API
// Gateway directly, where that is not shut, could claim the one in between too: no
// more may depend on it than how often somebody may ask. It is the zero Addr when
// nothing there is an address.
func (r *Request) Visitor() netip.Addr {
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	at := max(len(chain)-2, 0)
	for _, text := range []string{chain[at], r.SourceIP} {
		if a, err := netip.ParseAddr(strings.TrimSpace(text)); err == nil {
			return a
		}
	}
	return netip.Addr{}
}
