package stack

import "sync"

// signal tells any number of waiters that something has changed. The zero value
// is ready.
type signal struct {
	mu sync.Mutex
	c  chan struct{}
}

// wait returns a channel that is closed with the next raise.
func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

func (s *signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
