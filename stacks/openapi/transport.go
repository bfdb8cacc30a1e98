package openapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Transport holds every answer that passes it against the contract and reports
// what does not hold. Only the API's paths of one host are looked at: a fleet's
// edge serves a site and pages of its own beside it.
type Transport struct {
	Base     http.RoundTripper // nil means http.DefaultTransport
	Contract *Contract
	Host     string      // the edge's, with its port
	Report   func(error) // may be called at any time, also concurrently
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	resp, err := base.RoundTrip(r)
	if err != nil || r.URL.Host != t.Host || !api(r.URL.Path) {
		return resp, err
	}
	resp.Body = &heard{ReadCloser: resp.Body, done: func(body []byte, whole bool) {
		a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, Cut: !whole}
		if err := t.Contract.Holds(r, a); err != nil && !t.lost(err, resp) {
			t.Report(err)
		}
	}}
	return resp, nil
}

func api(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/webhooks/")
}

// lost reports that neither the document nor API Gateway knows the route, which
// is agreement.
func (t *Transport) lost(err error, resp *http.Response) bool {
	return errors.Is(err, ErrNoRoute) && resp.Header.Get("X-Amzn-Errortype") == "MissingAuthenticationTokenException"
}

// heard keeps what is read of a body and hands it over once.
type heard struct {
	io.ReadCloser
	kept bytes.Buffer
	done func(body []byte, whole bool)
}

// Read implements io.Reader.
func (h *heard) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.kept.Write(p[:n])
	if errors.Is(err, io.EOF) {
		h.finish(true)
	}
	return n, err
}

// Close implements io.Closer.
func (h *heard) Close() error {
	h.finish(false)
	return h.ReadCloser.Close()
}

func (h *heard) finish(whole bool) {
	if h.done != nil {
		h.done(h.kept.Bytes(), whole)
		h.done = nil
	}
}
