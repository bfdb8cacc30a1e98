package stripetest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxBody bounds a request's form.
const maxBody = 1 << 20

// call is one API request on its way through the account.
type call struct {
	s      *Server
	r      *http.Request
	method string
	path   string
	secret string     // the API key that authorised it
	key    string     // Idempotency-Key; only POST has one
	form   url.Values // as sent
	params *params    // form as a tree
	id     string     // Request-Id
}

// endpoint does one call's work. It runs with the account locked.
type endpoint func(*call) (any, error)

// Request is one API call that the account received, for assertions.
type Request struct {
	ID             string
	Method         string
	Path           string
	Form           url.Values
	IdempotencyKey string
	Status         int // 0: the connection was closed without an answer
	Replayed       bool
}

// Requests returns the calls received so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// routes binds Stripe's paths.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, do := range s.endpoints() {
		mux.HandleFunc(pattern, s.serve(do))
	}
	for pattern, show := range map[string]http.HandlerFunc{
		"GET /c/pay/{id}": s.showPay, "POST /c/pay/{id}": s.postPay,
		"GET /p/session/{id}": s.showPortal, "POST /p/session/{id}": s.postPortal,
		"GET /{$}": s.showControl, "GET /_control": s.showControl, "POST /_control/advance": s.controlAdvance,
		"POST /_control/weather": s.controlWeather, "POST /_control/fault": s.controlFault,
		"POST /_control/resend": s.controlResend, "POST /_control/subscription": s.controlSubscription,
	} {
		mux.HandleFunc(pattern, show)
	}
	mux.HandleFunc("/v1/", s.serve(func(c *call) (any, error) {
		return nil, &apiError{
			Status: http.StatusNotFound, Type: "invalid_request_error", unsaved: true,
			Message: "Unrecognized request URL (" + c.method + ": " + c.path + ").",
		}
	}))
	return mux
}

// serve runs an endpoint: authorise, decode, claim the idempotency key, suffer
// the injected fault, execute, remember, answer.
func (s *Server) serve(do endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, r: r, method: r.Method, path: r.URL.Path, id: s.id("req")}
		f := s.fault(c)
		if err := c.open(); err != nil {
			s.reply(w, c, err.Status, encodeError(err), false)
			return
		}
		saved, err := s.begin(c)
		switch {
		case err != nil:
			s.reply(w, c, err.Status, encodeError(err), false)
		case saved != nil:
			s.reply(w, c, saved.Status, saved.Body, true)
		default:
			status, body := s.attempt(c, f, do)
			s.reply(w, c, status, body, false)
		}
	}
}

// attempt executes the call and settles its idempotency key, also when the
// fault closes the connection on the way.
func (s *Server) attempt(c *call, f *Fault, do endpoint) (status int, body []byte) {
	keep := false
	defer func() { s.finish(c, status, body, keep) }()
	status, body, keep = s.execute(c, f, do)
	f.drop(c, f != nil && f.After)
	return status, body
}

// open authorises the call and decodes its form.
func (c *call) open() *apiError {
	secret, ok := bearer(c.r)
	switch {
	case !ok:
		return unauthorized("You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	case !slices.Contains(c.s.keys, secret):
		return unauthorized("Invalid API Key provided: %s", mask(secret))
	}
	c.secret = secret
	raw := c.r.URL.RawQuery
	if c.method == http.MethodPost {
		body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody))
		if err != nil {
			return badParam("", "", "The request body could not be read.")
		}
		raw, c.key = string(body), c.r.Header.Get("Idempotency-Key")
	}
	form, err := url.ParseQuery(raw)
	if err != nil {
		return badParam("", "", "Invalid request: the form is malformed.")
	}
	if len(c.key) > 255 {
		return badParam("", "", "Idempotency keys may be at most 255 characters long.")
	}
	root, conflict := decodeForm(form)
	if conflict != "" {
		return badParam("parameter_invalid_hash", conflict, "Invalid hash: %s", conflict)
	}
	c.form, c.params = form, root
	return nil
}

func bearer(r *http.Request) (string, bool) {
	if user, _, ok := r.BasicAuth(); ok {
		return user, user != ""
	}
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return secret, ok && secret != ""
}

// mask shows of a wrong key what Stripe shows of it: both ends.
func mask(secret string) string {
	if len(secret) < 12 {
		return strings.Repeat("*", len(secret))
	}
	return secret[:8] + strings.Repeat("*", len(secret)-12) + secret[len(secret)-4:]
}

// execute runs the endpoint with its fault and encodes the answer. The last
// result says whether Stripe would keep the answer for the call's key.
func (s *Server) execute(c *call, f *Fault, do endpoint) (status int, body []byte, keep bool) {
	f.wait(c.r.Context())
	f.drop(c, f != nil && !f.After)
	if f != nil && f.Status != 0 && !f.After {
		return f.answer()
	}
	out, err := s.work(c, do)
	if f != nil && f.Status != 0 {
		return f.answer()
	}
	var e *apiError
	if errors.As(err, &e) {
		return e.Status, encodeError(e), !e.unsaved
	}
	return http.StatusOK, out, true
}

// work runs the endpoint at the account's time and encodes what it returns.
func (s *Server) work(c *call, do endpoint) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp(s.now())
	out, err := do(c)
	if err != nil {
		return nil, err
	}
	if err := s.expand(c, out); err != nil {
		return nil, err
	}
	return encode(out), nil
}

func encode(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return encodeError(broken(http.StatusInternalServerError))
	}
	return b
}

func encodeError(e *apiError) []byte {
	b, _ := json.MarshalIndent(map[string]*apiError{"error": e}, "", "  ")
	return b
}

// note records a request and returns the account's time.
func (s *Server) note(c *call, status int, replayed bool) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		ID: c.id, Method: c.method, Path: c.path, Form: c.form, IdempotencyKey: c.key, Status: status, Replayed: replayed,
	})
	return s.now()
}

// reply writes the answer and records the request.
func (s *Server) reply(w http.ResponseWriter, c *call, status int, body []byte, replayed bool) {
	now := s.note(c, status, replayed)
	h := w.Header()
	h.Set("Content-Type", contentType(body))
	h.Set("Request-Id", c.id)
	h.Set("Stripe-Version", "2023-10-16")
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	if c.key != "" {
		h.Set("Idempotency-Key", c.key)
		h.Set("Original-Request", c.id)
	}
	if replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// contentType tells Stripe's JSON from what a broken gateway sends.
func contentType(body []byte) string {
	if json.Valid(body) {
		return "application/json"
	}
	return "text/html"
}
