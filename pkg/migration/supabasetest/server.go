// Package supabasetest is a Supabase project for tests and for the local fleet:
// GoTrue's sign-in and admin API under /auth/v1 and the table profiles behind
// PostgREST under /rest/v1. It answers as the real ones do where it hurts: the
// same words for a wrong password and for none, a ban before the password, a
// rate limit shared by all, pages that are cut short, and two forms of errors.
package supabasetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says what a Server is made of. Its zero value works.
type Config struct {
	PublishableKey string           // any key is taken if empty
	SecretKey      string           // any key is taken if empty
	Now            func() time.Time // time.Now if nil
	// MaxRows is the most rows PostgREST answers, whatever the limit says; 1000 if 0.
	MaxRows int
	// Burst is how many sign-ins pass before the rate limit; 0 is no limit. The
	// limit refills with Every.
	Burst int
	Every time.Duration
	// Old answers errors as GoTrue 1 did: OAuth's, without codes.
	Old bool
}

// User is one user. An empty Password is one who came by a provider.
type User struct {
	ID          string    `json:"id"`
	Email       string    `json:"email"`
	Password    string    `json:"password"`
	Confirmed   time.Time `json:"confirmed"` // zero: never
	BannedUntil time.Time `json:"banned_until"`
	Anonymous   bool      `json:"anonymous"`
	Weak        bool      `json:"weak"` // the answer says that the password is weak
	Name        string    `json:"name"`
	Created     time.Time `json:"created"`
}

// Profile is a row of the table profiles.
type Profile struct {
	ID         string `json:"id"`
	Email      string `json:"email"`
	Tier       string `json:"tier"`
	CustomerID string `json:"stripe_customer_id"`
}

// Server is the project. Make one with New.
type Server struct {
	cfg Config
	mux *http.ServeMux

	mu       sync.Mutex
	st       state
	faults   []*Fault
	tokens   float64
	refilled time.Time
	calls    []string
}

// state is what a snapshot holds.
type state struct {
	Users    map[string]User    `json:"users"` // by lower-case address
	Profiles map[string]Profile `json:"profiles"`
	Sessions map[string]string  `json:"sessions"` // user ids by access token
	Next     int                `json:"next"`
}

// New makes an empty project.
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.MaxRows = cmp.Or(cfg.MaxRows, 1000)
	s := &Server{cfg: cfg, mux: http.NewServeMux(), tokens: float64(cfg.Burst), refilled: cfg.Now()}
	s.st = state{Users: map[string]User{}, Profiles: map[string]Profile{}, Sessions: map[string]string{}}
	s.mux.HandleFunc("POST /auth/v1/token", s.token)
	s.mux.HandleFunc("POST /auth/v1/logout", s.logout)
	s.mux.HandleFunc("GET /auth/v1/admin/users", s.adminUsers)
	s.mux.HandleFunc("GET /auth/v1/admin/users/{id}", s.adminUser)
	s.mux.HandleFunc("GET /rest/v1/profiles", s.profiles)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	if s.strike(w, r) {
		return
	}
	if r.Header.Get("apikey") == "" {
		write(w, http.StatusUnauthorized, map[string]any{"message": "No API key found in request", "hint": "No `apikey` request header or url param was found."})
		return
	}
	s.mux.ServeHTTP(w, r)
}

// AddUser puts a user into the project and returns the id, a new one if u has none.
func (s *Server) AddUser(u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Next++
	u.ID = cmp.Or(u.ID, fmt.Sprintf("5afe0000-0000-4000-8000-%012d", s.st.Next))
	u.Email = strings.ToLower(u.Email)
	if u.Created.IsZero() {
		u.Created = s.cfg.Now().Add(time.Duration(s.st.Next) * time.Millisecond)
	}
	s.st.Users[u.Email] = u
	return u.ID
}

// RemoveUser takes a user away.
func (s *Server) RemoveUser(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.st.Users, strings.ToLower(email))
}

// AddProfile puts a row into the table profiles, over one of the same id.
func (s *Server) AddProfile(p Profile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Profiles[p.ID] = p
}

// Sessions returns how many sessions are open.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.st.Sessions)
}

// Calls lists what was asked so far, as "POST /auth/v1/token".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Snapshot returns all state as JSON.
func (s *Server) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.st)
}

// Restore replaces all state by a snapshot's, or by a part of one, like
// {"users":{…}}.
func (s *Server) Restore(snapshot []byte) error {
	st := state{Users: map[string]User{}, Profiles: map[string]Profile{}, Sessions: map[string]string{}}
	if err := json.Unmarshal(snapshot, &st); err != nil {
		return fmt.Errorf("supabasetest: read snapshot: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st = st
	return nil
}
