package billing

import (
	"io"
	"net/http"
	"strings"
)

// maxAnswer bounds what is read of one answer. A full page of 100 subscriptions
// with their customers is a tenth of it.
const maxAnswer = 4 << 20

// guard is a transport that keeps nonsense away from the decoder: a failure that
// does not speak JSON comes from something before Stripe, and only its status is
// worth knowing.
type guard struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest && !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		_ = resp.Body.Close()
		return nil, &APIError{Status: resp.StatusCode, Type: "api_error", Code: "not_json"}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}
