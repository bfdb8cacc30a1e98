package stripetest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault is trouble that the account makes for matching API calls.
type Fault struct {
	Match   string        // a prefix of "METHOD /path"; "" matches every call
	Times   int           // how often; 0 until removed
	Latency time.Duration // wait before anything happens
	Status  int           // answer this status instead of the work's
	After   bool          // do the work first, then answer Status or drop
	Body    string        // answer this text instead of Stripe's error JSON
	Drop    bool          // close the connection without an answer
}

// Inject adds a fault; the first one that matches a call applies. The returned
// function removes it.
func (s *Server) Inject(f Fault) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &f
	s.faults = append(s.faults, p)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = slices.DeleteFunc(s.faults, func(x *Fault) bool { return x == p })
	}
}

// ClearFaults removes every fault.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault returns the fault for this call and uses it up by one.
func (s *Server) fault(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !strings.HasPrefix(c.method+" "+c.path, f.Match) {
			continue
		}
		if f.Times == 1 {
			s.faults = slices.Delete(slices.Clone(s.faults), i, i+1)
		}
		if f.Times > 1 {
			f.Times--
		}
		return new(*f)
	}
	return nil
}

// wait suffers the latency, or less when the caller goes away.
func (f *Fault) wait(ctx context.Context) {
	if f == nil || f.Latency == 0 {
		return
	}
	t := time.NewTimer(f.Latency)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// drop closes the connection without an answer when the fault says so now.
func (f *Fault) drop(c *call, now bool) {
	if f != nil && f.Drop && now {
		c.s.note(c, 0, false)
		panic(http.ErrAbortHandler)
	}
}

// answer is the fault's own answer. Stripe keeps a 5xx for the key, but not a
// rate limit's 429.
func (f *Fault) answer() (status int, body []byte, keep bool) {
	e := broken(f.Status)
	if f.Body != "" {
		return f.Status, []byte(f.Body), !e.unsaved
	}
	return f.Status, encodeError(e), !e.unsaved
}
