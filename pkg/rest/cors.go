package rest

import (
	"net/http"
	"slices"
)

// origins are the other origins whose pages may call an endpoint. A page of any
// other origin gets no header, and its browser keeps the answer from it.
type origins []string

// preflight answers what a page may send before it sends it. The question
// carries no token.
func (o origins) preflight(r *Request) Stream {
	s := Stream{Status: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody}
	if slices.Contains(o, r.Header.Get("Origin")) {
		s.Status = http.StatusNoContent
		s.Header.Set("Access-Control-Allow-Methods", http.MethodPost)
		s.Header.Set("Access-Control-Allow-Headers", "authorization, content-type")
		s.Header.Set("Access-Control-Max-Age", "600")
	}
	return s
}

// mark lets the one page that asked read the answer, refusals too; never a
// wildcard.
func (o origins) mark(r *Request, h http.Header) {
	if len(o) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(o, origin) {
		h.Set("Access-Control-Allow-Origin", origin)
	}
}
