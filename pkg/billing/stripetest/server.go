// Package stripetest is a Stripe account that lives in memory: the API calls
// that this project makes, with state, a clock that can be advanced, signed
// webhooks, and the pages on which a person pays. It answers as Stripe's API
// version 2023-10-16 does where that hurts: idempotency keys, validation,
// eventually consistent search, deleted objects, failing payments, and events
// that come twice, late or out of order.
//
// A Server is an http.Handler. Tests that need no socket use its Client.
package stripetest

import (
	"crypto/rand"
	"html/template"
	"io"
	"net/http"
	"sync"
	"time"
)

// TestKey is the secret key that a Server accepts unless its Config names others.
const TestKey = "sk_test_callanalyst"

// Config is what a Server is made from. Its zero value is a usable account.
type Config struct {
	Keys        []string         // accepted secret keys; default TestKey
	Now         func() time.Time // default time.Now
	Rand        io.Reader        // source of ids; default crypto/rand
	SearchDelay time.Duration    // how long until search sees a change; default 30 s
	BaseURL     string           // where a browser reaches the account; default the request's host
	HTTP        *http.Client     // sends webhooks; default a client of its own
}

// Server is one pretend Stripe account. It is safe for concurrent use.
type Server struct {
	keys        []string
	base        func() time.Time
	rand        io.Reader
	searchDelay time.Duration
	baseURL     string
	http        *http.Client
	mux         *http.ServeMux
	pages       *template.Template

	mu       sync.Mutex
	st       state
	frozen   time.Time       // while catching up: the time of what is being done
	inFlight map[string]bool // idempotency keys of requests being worked on
	faults   []*Fault
	weather  Weather
	wake     chan struct{} // tells Run that there is something to deliver
	requests []Request
}

// New returns an account that sells the project's plans and has no customers.
func New(c Config) *Server {
	s := &Server{
		keys: c.Keys, base: c.Now, rand: c.Rand, searchDelay: c.SearchDelay,
		baseURL: c.BaseURL, http: c.HTTP, st: newState(), wake: make(chan struct{}, 1), inFlight: map[string]bool{},
	}
	if len(s.keys) == 0 {
		s.keys = []string{TestKey}
	}
	if s.base == nil {
		s.base = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.searchDelay == 0 {
		s.searchDelay = 30 * time.Second
	}
	if s.http == nil {
		s.http = &http.Client{Timeout: deliveryTimeout, CheckRedirect: noRedirect}
	}
	s.pages = pages()
	s.stock()
	s.mux = s.routes()
	return s
}

// ServeHTTP answers API calls under /v1/, the pages of checkout sessions and of
// the billing portal, and the control page at /.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mux.ServeHTTP(w, r)
}

// Now returns the account's time: the configured clock plus what was advanced.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Server) now() time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return s.base().Add(s.st.Advanced)
}

const idLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// id returns a fresh object id with Stripe's form: a prefix and 24 letters.
func (s *Server) id(prefix string) string {
	b := make([]byte, 24)
	if _, err := io.ReadFull(s.rand, b); err != nil {
		panic(err) // a source of randomness that ends is a defect of the test
	}
	for i := range b {
		b[i] = idLetters[int(b[i])%len(idLetters)]
	}
	return prefix + "_" + string(b)
}
