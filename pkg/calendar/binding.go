package calendar

import (
	"net/http"
	"strings"
)

// Binding is the cookie that ties an attempt to the browser which began it.
type Binding struct {
	Secure bool // everywhere but on http://localhost
}

// BindingFor returns the binding for a site by its address.
func BindingFor(site string) Binding { return Binding{Secure: !strings.HasPrefix(site, "http://")} }

// name has the prefix by which a browser lets no other host and no plain
// connection set the cookie.
func (b Binding) name() string {
	if b.Secure {
		return "__Host-calendar-oauth"
	}
	return "calendar-oauth"
}

// Keep returns the cookie as the browser shall keep it: for no script, and sent
// along only when Google sends the browser back, not with any other site's
// requests.
func (b Binding) Keep(secret string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // without Secure on http://localhost alone
		Name: b.name(), Value: secret, Path: "/", MaxAge: int(attemptTTL.Seconds()),
		HttpOnly: true, Secure: b.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// Drop returns what makes the browser forget it.
func (b Binding) Drop() *http.Cookie {
	c := b.Keep("") //nolint:gosec // as above
	c.MaxAge = -1
	return c
}

// Read returns what a browser has kept, "" for nothing.
func (b Binding) Read(h http.Header) string {
	c, err := (&http.Request{Header: h}).Cookie(b.name())
	if err != nil {
		return ""
	}
	return c.Value
}
