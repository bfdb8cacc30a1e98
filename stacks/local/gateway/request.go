package gateway

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// peer is the address that the connection came from, as API Gateway takes it:
// what X-Forwarded-For claims does not count.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// dropped are the request headers that never reach a function.
func dropped(name string) bool {
	return slices.Contains([]string{
		"Connection", "Content-Length", "Content-Md5", "Expect", "Keep-Alive", "Max-Forwards", "Proxy-Authenticate",
		"Proxy-Connection", "Server", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate",
	}, name)
}

// headers are the request's headers with those that API Gateway adds.
func (c *call) headers() map[string][]string {
	out := map[string][]string{}
	for name, values := range c.r.Header {
		if !dropped(name) {
			out[spelling(name)] = values
		}
	}
	out["Host"] = []string{c.api.domain()}
	out["X-Amzn-Trace-Id"] = []string{c.trace}
	out["X-Forwarded-For"] = []string{strings.Join(append(c.r.Header.Values("X-Forwarded-For"), peer(c.r)), ", ")}
	out["X-Forwarded-Port"] = []string{"443"}
	out["X-Forwarded-Proto"] = []string{"https"}
	return out
}

// spelling restores what Go's canonical form takes from CloudFront's headers.
func spelling(name string) string {
	if rest, ok := strings.CutPrefix(name, "Cloudfront-"); ok {
		return "CloudFront-" + rest
	}
	return name
}

// lasts keeps the last of each name's values. No names at all are nil.
func lasts(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]string, len(values))
	for name, v := range values {
		out[name] = v[len(v)-1]
	}
	return out
}

// parseQuery reads a query as API Gateway does: a semicolon separates too, and
// a pipe or a brace must be encoded. An empty query is nil.
func parseQuery(raw string) (map[string][]string, error) {
	if strings.ContainsAny(raw, "|{}") {
		return nil, fmt.Errorf("gateway: query %q has characters that must be encoded", raw)
	}
	var out map[string][]string
	for part := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return nil, fmt.Errorf("gateway: query %q is not encoded", raw)
		}
		if out == nil {
			out = map[string][]string{}
		}
		out[name] = append(out[name], value)
	}
	return out, nil
}

// body is the body as text, or in base64 if its type is a binary one.
func (c *call) body(b []byte) (*string, bool) {
	if len(b) == 0 {
		return nil, false
	}
	if c.api.binary(c.r.Header.Get("Content-Type")) {
		s := base64.StdEncoding.EncodeToString(b)
		return &s, true
	}
	s := string(b)
	return &s, false
}

// binary reports whether a media type is one of the binary types.
func (a *API) binary(contentType string) bool {
	given, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		given = ""
	}
	for _, t := range a.opt.BinaryTypes {
		if t == "*/*" || t == given {
			return true
		}
		if major, ok := strings.CutSuffix(t, "/*"); ok && strings.HasPrefix(given, major+"/") {
			return true
		}
	}
	return false
}

// wantsBinary reports whether the client's first Accept type is a binary one:
// API Gateway looks at no other.
func (c *call) wantsBinary() bool {
	first, _, _ := strings.Cut(c.r.Header.Get("Accept"), ",")
	return c.api.binary(first)
}

// headerSize is what counts against [MaxHeaders].
func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("  \r\n") + len(r.Host)
	for _, values := range r.Header {
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}
