package stripetest

import (
	"bytes"
	"io"
	"net/http"
)

// Client returns a client whose requests reach this account whatever their
// host, without a socket.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: Transport{Handler: s}}
}

// Transport is an http.RoundTripper that calls a handler in this process. A
// handler that aborts looks like a connection closed before the answer.
type Transport struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	done := make(chan *recorder, 1)
	go func() {
		w := &recorder{header: http.Header{}}
		defer func() {
			if recover() != nil {
				w = nil
			}
			done <- w
		}()
		t.Handler.ServeHTTP(w, in)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case w := <-done:
		if w == nil {
			return nil, io.ErrUnexpectedEOF
		}
		return w.response(r), nil
	}
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Header: w.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
}
