package gateway

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Route is one method of one resource.
type Route struct {
	// Method is an HTTP method, or ANY.
	Method string
	// Path is a resource, like "/api/recall/bot/{bot_id}" or "/files/{proxy+}".
	Path     string
	Function string
	// Stream hands the answer on as the function writes it.
	Stream bool
	// Timeout is the integration's. Zero is 29 seconds, and 5 minutes for a stream.
	Timeout time.Duration
}

// route is a Route ready to match.
type route struct {
	Route
	segments   []segment
	resourceID string
}

// segment is a part of a path between slashes. A name makes it a parameter.
type segment struct {
	literal string
	name    string
	greedy  bool // takes the rest of the path
}

// rank orders what may stand in the same place: what says more comes first.
func (s segment) rank() int {
	switch {
	case s.greedy:
		return 2
	case s.name != "":
		return 1
	default:
		return 0
	}
}

// parseRoutes orders routes so that the first that matches is the best.
func parseRoutes(table []Route) ([]route, error) {
	var routes []route
	seen := map[string]bool{}
	for _, t := range table {
		r, err := parseRoute(t)
		if err != nil {
			return nil, err
		}
		key := t.Method + " " + t.Path
		if seen[key] {
			return nil, fmt.Errorf("gateway: route %s is there twice", key)
		}
		seen[key] = true
		routes = append(routes, r)
	}
	slices.SortStableFunc(routes, compareRoutes)
	return routes, nil
}

func parseRoute(t Route) (route, error) {
	if t.Method == "" || t.Function == "" || !strings.HasPrefix(t.Path, "/") {
		return route{}, fmt.Errorf("gateway: route %q %q needs a method, a path and a function", t.Method, t.Path)
	}
	r := route{Route: t, resourceID: resourceID(t.Path)}
	parts := split(t.Path)
	for i, p := range parts {
		s := parseSegment(p)
		if s.greedy && i < len(parts)-1 {
			return route{}, fmt.Errorf("gateway: route %s: {%s+} must come last", t.Path, s.name)
		}
		r.segments = append(r.segments, s)
	}
	return r, nil
}

func parseSegment(s string) segment {
	if len(s) < 3 || s[0] != '{' || s[len(s)-1] != '}' {
		return segment{literal: s}
	}
	name, greedy := strings.CutSuffix(s[1:len(s)-1], "+")
	return segment{name: name, greedy: greedy}
}

func compareRoutes(a, b route) int {
	for i := range min(len(a.segments), len(b.segments)) {
		if c := cmp.Compare(a.segments[i].rank(), b.segments[i].rank()); c != 0 {
			return c
		}
	}
	// A named method goes before ANY.
	return cmp.Compare(boolRank(a.Method == "ANY"), boolRank(b.Method == "ANY"))
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// split cuts a path into segments. API Gateway ignores slashes at the end.
func split(path string) []string {
	path = strings.TrimPrefix(strings.TrimRight(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// match finds the route of a request by its path as it was sent.
func match(routes []route, method, escapedPath string) (route, map[string]string, bool) {
	parts := split(escapedPath)
	for _, r := range routes {
		if r.Method != "ANY" && r.Method != method {
			continue
		}
		if params, ok := r.match(parts); ok {
			return r, params, true
		}
	}
	return route{}, nil, false
}

// match returns the path parameters, decoded; nil if the route has none.
func (r route) match(parts []string) (map[string]string, bool) {
	var params map[string]string
	for i, s := range r.segments {
		if i >= len(parts) {
			return nil, false
		}
		given := parts[i]
		if s.greedy {
			given = strings.Join(parts[i:], "/")
		}
		value, err := url.PathUnescape(given)
		if err != nil || value == "" || s.name == "" && value != s.literal {
			return nil, false
		}
		if s.name == "" {
			continue
		}
		if params == nil {
			params = map[string]string{}
		}
		params[s.name] = value
		if s.greedy {
			return params, true
		}
	}
	return params, len(parts) == len(r.segments)
}

// resourceID is six characters that stay the same from run to run.
func resourceID(path string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(path))
	return strconv.FormatUint(h.Sum64()|1<<63, 36)[:6]
}
