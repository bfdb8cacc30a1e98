package feeds

import (
	"encoding/json"
	"fmt"
)

// kept is a snapshot's shape.
type kept struct {
	Alive []Event `json:"alive"`
	Dead  []Event `json:"dead"`
}

// Snapshot returns every event that has not succeeded, as JSON.
func (a *Async) Snapshot() (json.RawMessage, error) {
	return json.Marshal(kept{Alive: a.Alive(), Dead: a.Dead()})
}

// Restore adds a snapshot's events. Those that were alive are tried at once.
func (a *Async) Restore(doc json.RawMessage) error {
	var k kept
	if err := json.Unmarshal(doc, &k); err != nil {
		return fmt.Errorf("feeds: read snapshot: %w", err)
	}
	a.mu.Lock()
	a.dead = append(a.dead, k.Dead...)
	a.mu.Unlock()
	for _, e := range k.Alive {
		if err := a.launch(e); err != nil {
			return err
		}
	}
	return nil
}
