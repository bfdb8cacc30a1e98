package edge

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// Geofence runs a CloudFront Function as CloudFront does at viewer-request. It
// is safe for concurrent use: each request gets an interpreter of its own.
type Geofence struct {
	program  *goja.Program
	machines sync.Pool
}

// errHandler reports a function that did not settle: it must answer within the
// call, since CloudFront has no timers.
var errHandler = errors.New("edge: the geofence's handler did not answer")

// LoadGeofence compiles the function in the file at path.
func LoadGeofence(path string) (*Geofence, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("edge: read the geofence: %w", err)
	}
	return NewGeofence(path, string(source))
}

// NewGeofence compiles a function's source; name appears in its errors.
func NewGeofence(name, source string) (*Geofence, error) {
	program, err := goja.Compile(name, source, true)
	if err != nil {
		return nil, fmt.Errorf("edge: compile the geofence: %w", err)
	}
	return &Geofence{program: program}, nil
}

// Verdict is what the function says of a request: pass it on, with its path
// perhaps changed, or answer at once.
type Verdict struct {
	Pass   bool
	URI    string
	Status int
	Header http.Header
	Body   string
}

// Judge runs the function on r, whose country header is already CloudFront's.
func (g *Geofence) Judge(r *http.Request) (Verdict, error) {
	m, err := g.machine()
	if err != nil {
		return Verdict{}, err
	}
	defer g.machines.Put(m)
	out, err := m.handler(goja.Undefined(), m.vm.ToValue(event(r)))
	if err != nil {
		return Verdict{}, fmt.Errorf("edge: run the geofence: %w", err)
	}
	if p, ok := out.Export().(*goja.Promise); ok {
		if out, err = settled(p); err != nil {
			return Verdict{}, err
		}
	}
	answer, ok := out.Export().(map[string]any)
	if !ok {
		return Verdict{}, fmt.Errorf("edge: the geofence answered %s, want a request or a response", out)
	}
	return verdict(answer), nil
}

// machine is one interpreter with the function loaded.
type machine struct {
	vm      *goja.Runtime
	handler goja.Callable
}

func (g *Geofence) machine() (*machine, error) {
	if m, ok := g.machines.Get().(*machine); ok {
		return m, nil
	}
	vm := goja.New()
	if _, err := vm.RunProgram(g.program); err != nil {
		return nil, fmt.Errorf("edge: load the geofence: %w", err)
	}
	handler, ok := goja.AssertFunction(vm.Get("handler"))
	if !ok {
		return nil, errors.New("edge: the geofence has no function named handler")
	}
	return &machine{vm: vm, handler: handler}, nil
}

// settled returns what an async handler resolved to.
func settled(p *goja.Promise) (goja.Value, error) {
	switch p.State() {
	case goja.PromiseStateFulfilled:
		return p.Result(), nil
	case goja.PromiseStateRejected:
		return nil, fmt.Errorf("edge: run the geofence: %s", p.Result())
	}
	return nil, errHandler
}

// event is CloudFront's viewer-request event: names in lower case, values
// wrapped, the path as the viewer sent it.
func event(r *http.Request) map[string]any {
	viewer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		viewer = r.RemoteAddr
	}
	return map[string]any{
		"version": "1.0",
		"context": map[string]any{
			"distributionDomainName": "local.cloudfront.net", "distributionId": "LOCAL",
			"eventType": "viewer-request", "requestId": r.Header.Get("X-Amz-Cf-Id"),
		},
		"viewer": map[string]any{"ip": viewer},
		"request": map[string]any{
			"method": r.Method, "uri": r.URL.EscapedPath(), "querystring": wrapped(r.URL.Query()),
			"headers": wrapped(withHost(r)), "cookies": cookies(r),
		},
	}
}

func withHost(r *http.Request) http.Header {
	h := r.Header.Clone()
	h.Del("Cookie")
	h.Set("Host", r.Host)
	return h
}

// wrapped turns lists of values into CloudFront's form.
func wrapped(values map[string][]string) map[string]any {
	out := make(map[string]any, len(values))
	for name, list := range values {
		if len(list) == 0 {
			continue
		}
		entry := map[string]any{"value": list[len(list)-1]}
		if len(list) > 1 {
			entry["multiValue"] = several(list)
		}
		out[strings.ToLower(name)] = entry
	}
	return out
}

func several(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = map[string]any{"value": v}
	}
	return out
}

func cookies(r *http.Request) map[string]any {
	out := map[string]any{}
	for _, c := range r.Cookies() {
		out[c.Name] = map[string]any{"value": c.Value}
	}
	return out
}

// verdict reads the function's result: a response has a status, a request none.
func verdict(answer map[string]any) Verdict {
	status, ok := answer["statusCode"].(int64)
	if !ok {
		uri, _ := answer["uri"].(string)
		return Verdict{Pass: true, URI: uri}
	}
	v := Verdict{Status: int(status), Header: http.Header{}}
	v.Body, _ = answer["body"].(string)
	headers, _ := answer["headers"].(map[string]any)
	for name, entry := range headers {
		if e, ok := entry.(map[string]any); ok {
			v.Header.Set(name, fmt.Sprint(e["value"]))
		}
	}
	return v
}
