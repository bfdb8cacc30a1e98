package googletest

import (
	"encoding/json"
	"fmt"
)

// saved is a Google on disk. Trouble, calls and the quota that is used up are of
// the run, and not kept.
type saved struct {
	State  state                 `json:"state"`
	Serial int                   `json:"serial"`
	Events map[string]savedEntry `json:"events"`
}

type savedEntry struct {
	Meeting
	Changed map[string]*Meeting `json:"changed"`
}

// Snapshot returns as JSON what Google holds: grants and tokens, and everybody's
// calendars.
func (s *Server) Snapshot() ([]byte, error) {
	out := saved{Events: map[string]savedEntry{}}
	s.Calendars.mu.Lock()
	defer s.Calendars.mu.Unlock()
	out.Serial = s.Calendars.serial
	for id, e := range s.Calendars.events {
		out.Events[id] = savedEntry{e.Meeting, e.changed}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out.State = s.st
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("googletest: snapshot: %w", err)
	}
	return text, nil
}

// Restore replaces what Google holds by a snapshot.
func (s *Server) Restore(snapshot []byte) error {
	in := saved{State: newState()}
	if err := json.Unmarshal(snapshot, &in); err != nil {
		return fmt.Errorf("googletest: restore: %w", err)
	}
	events := map[string]*entry{}
	for id, e := range in.Events {
		if e.Changed == nil {
			e.Changed = map[string]*Meeting{}
		}
		events[id] = &entry{Meeting: e.Meeting, changed: e.Changed}
	}
	s.Calendars.mu.Lock()
	defer s.Calendars.mu.Unlock()
	s.Calendars.serial, s.Calendars.events = in.Serial, events
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st = in.State
	return nil
}
