package recalltest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault is something that goes wrong on purpose.
type Fault struct {
	Method     string // "" for any
	Path       string // what the path begins with; "" for any
	Status     int    // what is answered; 0 hangs up
	After      bool   // once the work is done: the answer is lost, not the call
	RetryAfter time.Duration
	Times      int // how often; 0 until it is mended
}

// Inject lets things go wrong until mend is called.
func (s *Server) Inject(f Fault) (mend func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &f
	if f.Times == 0 {
		p.Times = -1
	}
	s.faults = append(s.faults, p)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = slices.DeleteFunc(s.faults, func(x *Fault) bool { return x == p })
	}
}

// fault returns what goes wrong with the request, if anything. A 507 is not
// among it: that is Empty's business, since it is remembered under its key.
func (s *Server) fault(r *http.Request) *Fault {
	for _, f := range s.faults {
		if f.Times == 0 || f.Status == http.StatusInsufficientStorage ||
			(f.Method != "" && f.Method != r.Method) || !strings.HasPrefix(r.URL.Path, f.Path) {
			continue
		}
		f.Times--
		return f
	}
	return nil
}

// empty reports whether the pool of bots for right now is empty.
func (s *Server) empty() bool {
	for _, f := range s.faults {
		if f.Status == http.StatusInsufficientStorage && f.Times != 0 {
			f.Times--
			return true
		}
	}
	return false
}

func (f *Fault) answer(w http.ResponseWriter) {
	if f.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	refuse(w, f.Status, "injected", f.RetryAfter)
}

// MendAll ends everything that goes wrong on purpose.
func (s *Server) MendAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}
