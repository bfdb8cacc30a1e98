package googletest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"sync"
	"time"
)

// What a Server's only client is called, unless its Config names another.
const (
	TestClientID     = "callanalyst.apps.googleusercontent.example"
	TestClientSecret = "GOCSPX-test" //nolint:gosec // opens this server alone
)

// Config is what a Server is made from. Its zero value is usable.
type Config struct {
	Now          func() time.Time // default time.Now
	Rand         io.Reader        // default crypto/rand
	ClientID     string           // default TestClientID
	ClientSecret string           // default TestClientSecret
	Redirects    []string         // the client's registered redirect URIs; nil allows any
	HTTP         *http.Client     // tells of changes; default one with a timeout
	PlainPush    bool             // http addresses may be told, which Google itself refuses
}

// Server is Google, as far as this project knows it: consent, tokens, calendars
// and a page on which to edit them. Whatever e-mail somebody consents as is an
// account. It is an http.Handler and safe for concurrent use.
type Server struct {
	Calendars *Calendars

	cfg   Config
	mux   *http.ServeMux
	pages *template.Template

	mu     sync.Mutex
	st     state
	faults []*Fault
	calls  []string

	posts posts
}

// New returns a Google where nobody has an account yet.
func New(c Config) *Server {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.ClientID == "" {
		c.ClientID = TestClientID
	}
	if c.ClientSecret == "" {
		c.ClientSecret = TestClientSecret
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	s := &Server{Calendars: NewCalendars(c.Now), cfg: c, pages: pages(), st: newState(), posts: posts{more: make(chan struct{}, 1)}}
	s.Calendars.changed = s.tell
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /o/oauth2/v2/auth", s.consent)
	s.mux.HandleFunc("POST /o/oauth2/v2/auth", s.decide)
	s.mux.HandleFunc("POST /token", s.token)
	s.mux.HandleFunc("POST /revoke", s.revoke)
	s.mux.HandleFunc("GET /calendar/v3/calendars/primary/events", s.listEvents)
	s.mux.HandleFunc("POST /calendar/v3/calendars/primary/events/watch", s.watch)
	s.mux.HandleFunc("POST /calendar/v3/channels/stop", s.stop)
	s.mux.HandleFunc("GET /{$}", s.home)
	s.mux.HandleFunc("GET /_calendar", s.calendar)
	s.mux.HandleFunc("POST /_calendar", s.edit)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := s.meet(r); f != nil {
		f.answer(w)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Fault is trouble with calls.
type Fault struct {
	Match  string // a prefix of "METHOD /path"
	Times  int    // how often; 0 until Calm
	Status int    // 0 closes the connection without an answer
	Body   string // "" is the page of a broken front end
}

// Break makes trouble.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Calm ends all trouble.
func (s *Server) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Calls returns every call so far, as "METHOD /path".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// meet notes a call and returns the trouble that it meets, nil for none.
func (s *Server) meet(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	call := r.Method + " " + r.URL.Path
	s.calls = append(s.calls, call)
	for i, f := range s.faults {
		if len(call) < len(f.Match) || call[:len(f.Match)] != f.Match {
			continue
		}
		if f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		} else if f.Times > 1 {
			f.Times--
		}
		return f
	}
	return nil
}

func (f *Fault) answer(w http.ResponseWriter) {
	if f.Status == 0 {
		panic(http.ErrAbortHandler) // the one way to close a connection from a handler
	}
	kind, body := "application/json; charset=utf-8", f.Body
	if body == "" {
		kind, body = "text/html; charset=UTF-8", fmt.Sprintf("<html><title>Error %d</title></html>", f.Status)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, body)
}

// secret makes a token or a code with Google's kind of prefix.
func (s *Server) secret(prefix string) string {
	b := make([]byte, 24)
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		panic(err) // a source of randomness that ends is a defect of the test
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
