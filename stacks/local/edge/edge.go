package edge

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// Options are what stands behind the edge. All but Health are required.
type Options struct {
	Geofence *Geofence
	Site     http.Handler // the site, behind the geofence
	API      http.Handler // what answers /api and /webhooks
	Console  http.Handler // what answers /_local

	// Country is the country of a visitor who names none; [Nowhere] leaves the
	// header out, as a wrong origin request policy would.
	Country string
	// Verify is the value of X-Origin-Verify, by which the API can tell the edge
	// from a caller who goes around it.
	Verify string
	// Headers are those that CloudFront's response headers policy adds to every
	// answer; stacks/aws/edge has them. An answer's own win.
	Headers http.Header
	// ID makes the request id of one visit, the X-Amz-Cf-Id.
	ID func() string
	// Health reports on every part; nil means that there is none.
	Health func(context.Context) []Part
}

// Nowhere is the country of a visitor whose country CloudFront does not tell.
const Nowhere = "none"

// Part is one piece of the fleet and what is wrong with it.
type Part struct {
	Name string
	Err  error // nil: it works
}

// Edge is the front door. Make one with New.
type Edge struct{ o Options }

// New returns the edge in front of o.
func New(o Options) *Edge { return &Edge{o: o} }

// ServeHTTP routes by path. The paths are compared as they came: CloudFront
// tidies nothing up.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	switch {
	case path == "/healthz":
		e.health(w, r)
	case under(path, "/_local"):
		e.o.Console.ServeHTTP(w, r)
	default:
		r = e.arrive(r)
		e.leave(w.Header(), r)
		if under(path, "/api") || under(path, "/webhooks") {
			e.o.API.ServeHTTP(w, r)
			return
		}
		e.site(w, r)
	}
}

func under(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// site lets the geofence judge before the site answers.
func (e *Edge) site(w http.ResponseWriter, r *http.Request) {
	v, err := e.o.Geofence.Judge(r)
	if err != nil {
		http.Error(w, "The geofence function failed, as CloudFront would say with 503: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	if v.Pass {
		e.o.Site.ServeHTTP(w, r)
		return
	}
	for name := range v.Header {
		w.Header().Set(name, v.Header.Get(name))
	}
	w.WriteHeader(v.Status)
	_, _ = w.Write([]byte(v.Body)) // nobody to tell when the visitor has left
}

// health answers 200 when every part works, 503 with the reasons otherwise.
func (e *Edge) health(w http.ResponseWriter, r *http.Request) {
	type part struct {
		Name   string `json:"name"`
		Status string `json:"status"`
		Error  string `json:"error,omitempty"`
	}
	body := struct {
		Status string `json:"status"`
		Parts  []part `json:"parts"`
	}{Status: "ok", Parts: []part{}}
	status := http.StatusOK
	for _, p := range e.parts(r.Context()) {
		row := part{Name: p.Name, Status: "ok"}
		if p.Err != nil {
			row.Status, row.Error = "down", p.Err.Error()
			body.Status, status = "down", http.StatusServiceUnavailable
		}
		body.Parts = append(body.Parts, row)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (e *Edge) parts(ctx context.Context) []Part {
	if e.o.Health == nil {
		return nil
	}
	return e.o.Health(ctx)
}
