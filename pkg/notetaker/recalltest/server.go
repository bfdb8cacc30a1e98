// Package recalltest is a stand-in for Recall.ai: it takes orders for bots, lets
// them join a pretend meeting at their time, and tells what they hear by signed
// webhooks. It refuses what Recall refuses: a bot cannot be moved or deleted in
// its last ten minutes, a stored 507 is repeated under its key, there are rate
// limits, and requests with localhost in them die in a firewall.
package recalltest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"callanalyst/pkg/notetaker/hook"
)

// TestKey and TestSecret are the API key and the webhook secret that a Server
// has unless its Config says otherwise.
const (
	TestKey    = "local-recall-api-key"
	TestSecret = "whsec_bG9jYWwtcmVjYWxsLXdlYmhvb2stc2VjcmV0" //nolint:gosec // the stand-in's own; it opens nothing
)

// Config says how a Server behaves. Its zero value will do.
type Config struct {
	Now       func() time.Time // time.Now if nil
	Key       string
	Secret    string        // signs every webhook
	Svix      bool          // an old workspace: headers svix-*
	HTTP      *http.Client  // sends webhooks; they are dropped if nil
	StatusURL string        // where status webhooks go; "" for nowhere
	Script    []Line        // what people say; a short one if nil
	BaseURL   string        // of the Server itself, in download addresses
	ListLag   time.Duration // how long a new bot is missing in lists
}

// Server is the stand-in. Its time passes in Step. It is safe for concurrent use.
type Server struct {
	cfg  Config
	keys hook.Keys
	mux  *http.ServeMux

	mu      sync.Mutex
	bots    map[string]*Bot
	order   []string
	stored  map[string]stored // by idempotency key
	outbox  []*message
	sent    []Delivery
	faults  []*Fault
	creates []time.Time
	calls   []string
}

// New returns a Server without bots.
func New(c Config) *Server {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Key == "" {
		c.Key = TestKey
	}
	if c.Secret == "" {
		c.Secret = TestSecret
	}
	if c.Script == nil {
		c.Script = Standup()
	}
	s := &Server{cfg: c, bots: map[string]*Bot{}, stored: map[string]stored{}, mux: http.NewServeMux()}
	s.keys, _ = hook.ParseKeys([]string{c.Secret}) // a bad secret signs nothing, as a workspace without one
	s.mux.HandleFunc("POST /api/v1/bot/", s.create)
	s.mux.HandleFunc("GET /api/v1/bot/", s.list)
	s.mux.HandleFunc("GET /api/v1/bot/{id}/", s.one((*Server).retrieve))
	s.mux.HandleFunc("PATCH /api/v1/bot/{id}/", s.one((*Server).update))
	s.mux.HandleFunc("DELETE /api/v1/bot/{id}/", s.one((*Server).remove))
	s.mux.HandleFunc("POST /api/v1/bot/{id}/leave_call/", s.one((*Server).leave))
	s.mux.HandleFunc("GET /api/v1/transcript/{id}/", s.transcript)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/":
		s.page(w)
	case len(r.URL.Path) > len(downloads) && r.URL.Path[:len(downloads)] == downloads:
		s.download(w, r.URL.Path[len(downloads):])
	default:
		s.api(w, r)
	}
}

// api serves authorised requests, after whatever goes wrong on purpose.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	f := s.fault(r)
	s.mu.Unlock()
	if f != nil && !f.After {
		f.answer(w)
		return
	}
	if h := r.Header.Get("Authorization"); h != "Token "+s.cfg.Key && h != s.cfg.Key {
		refuse(w, http.StatusUnauthorized, "authentication_failed", 0)
		return
	}
	if f != nil {
		s.mux.ServeHTTP(nobody{}, r)
		f.answer(w)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// nobody takes an answer that is lost on its way.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) WriteHeader(int)             {}

// Calls lists the API's calls so far, as "POST /api/v1/bot/".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, code string, after time.Duration) {
	if after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	}
	answer(w, status, map[string]string{"code": code, "detail": http.StatusText(status)})
}

// newID makes an id in Recall's form.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
