package recalltest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// ErrHungUp is what a client sees of a call that a Fault hung up on.
var ErrHungUp = errors.New("recalltest: the connection was closed")

// Transport brings requests to a handler in this process, without a network.
type Transport struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("%w: %v", ErrHungUp, p)
		}
	}()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	inner := r.Clone(r.Context())
	inner.Host = r.URL.Host
	inner.RequestURI = r.URL.RequestURI()
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	t.Handler.ServeHTTP(w, inner)
	resp = w.Result()
	resp.Request = r
	return resp, nil
}
