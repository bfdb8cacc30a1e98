package stripetest

import (
	"encoding/json"
	"fmt"
	"time"
)

// state is all that an account remembers. It is plain data, so that a snapshot
// is its JSON.
type state struct {
	Advanced  time.Duration        `json:"advanced"`
	Customers map[string]*Customer `json:"customers"`
	Events    []*Event             `json:"events"`
	Answers   map[string]*answer   `json:"answers"`
}

func newState() state {
	return state{Customers: map[string]*Customer{}, Answers: map[string]*answer{}}
}

// Snapshot returns the whole account as JSON.
func (s *Server) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := json.Marshal(s.st)
	if err != nil {
		return nil, fmt.Errorf("stripetest: snapshot: %w", err)
	}
	return b, nil
}

// Restore replaces the account by a snapshot.
func (s *Server) Restore(snapshot []byte) error {
	st := newState()
	if err := json.Unmarshal(snapshot, &st); err != nil {
		return fmt.Errorf("stripetest: restore: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st = st
	return nil
}
