package cognitotest

import (
	"net/http"
	"strings"
)

// preflightAge is how long Cognito lets a browser keep a preflight's answer, in
// seconds.
const preflightAge = "172800"

// isPreflight reports whether a browser asks before it calls the JSON API. The
// hosted endpoints answer preflights of their own.
func isPreflight(r *http.Request) bool {
	wanted := strings.ToLower(r.Header.Get("Access-Control-Request-Headers"))
	return r.Method == http.MethodOptions && (r.URL.Path == "/" || strings.Contains(wanted, "x-amz-target"))
}

// allowBrowsers lets any page call the API and read its error headers.
func allowBrowsers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date")
}

// preflight answers OPTIONS for these methods: every header the browser names is
// allowed.
func preflight(w http.ResponseWriter, r *http.Request, methods string) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", methods)
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
	}
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusOK)
}

// hostedPreflight lets pages call the token endpoints.
func (s *Server) hostedPreflight(w http.ResponseWriter, r *http.Request) {
	allowBrowsers(w)
	preflight(w, r, "GET, POST")
}
