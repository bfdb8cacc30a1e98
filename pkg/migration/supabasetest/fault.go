package supabasetest

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// Fault is trouble that some calls meet instead of an answer.
type Fault struct {
	Match  string        // part of the path; "" meets every call
	Status int           // of the answer; 0 answers properly after the Delay
	Body   string        // a body that begins with "<" is HTML
	Code   string        // the error code header
	Delay  time.Duration // before anything
	Times  int           // how many calls; 0 is all
}

// Inject adds a fault behind those that are there.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = cmp.Or(f.Times, -1)
	s.faults = append(s.faults, &f)
}

// Heal takes every fault away.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// strike lets the first fault that fits answer, and reports whether it did.
func (s *Server) strike(w http.ResponseWriter, r *http.Request) bool {
	f := s.next(r.URL.Path)
	if f == nil {
		return false
	}
	if f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return true
		}
	}
	if f.Status == 0 {
		return false
	}
	kind := "application/json"
	if strings.HasPrefix(f.Body, "<") {
		kind = "text/html; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	if f.Code != "" {
		w.Header().Set("X-Sb-Error-Code", f.Code)
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
	return true
}

func (s *Server) next(path string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times != 0 && strings.Contains(path, f.Match) {
			f.Times--
			return f
		}
	}
	return nil
}

// limited takes one sign-in off the rate limit and reports whether there was none.
func (s *Server) limited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Burst == 0 {
		return false
	}
	now := s.cfg.Now()
	if s.cfg.Every > 0 {
		s.tokens = min(float64(s.cfg.Burst), s.tokens+float64(now.Sub(s.refilled))/float64(s.cfg.Every))
	}
	s.refilled = now
	if s.tokens < 1 {
		return true
	}
	s.tokens--
	return false
}
