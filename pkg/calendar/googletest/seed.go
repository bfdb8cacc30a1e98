package googletest

import (
	"encoding/json"
	"fmt"
	"time"
)

// Seed is what a Google begins with.
type Seed struct {
	Grants []struct {
		Email, Refresh string
		Scopes         []string
	}
	Codes []struct {
		Code, Email, Challenge, Redirect string
		Scopes                           []string
	}
	Meetings []struct {
		Email, In string // whose calendar it is in, and how long from now it begins: "2h"
		Meeting
	}
}

// Add puts a Seed, as JSON, into the server. Its codes were made just now, by
// consents for offline access.
func (s *Server) Add(text []byte) error {
	var seed Seed
	if err := json.Unmarshal(text, &seed); err != nil {
		return fmt.Errorf("googletest: read the seed: %w", err)
	}
	for _, m := range seed.Meetings {
		in, err := time.ParseDuration(m.In)
		if err != nil {
			return fmt.Errorf("googletest: read the seed: %w", err)
		}
		m.Start = s.cfg.Now().Add(in)
		s.Calendars.Add(m.Email, m.Meeting)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range seed.Grants {
		s.st.Grants = append(s.st.Grants, &grant{Email: g.Email, Refresh: g.Refresh, Scopes: g.Scopes})
	}
	for _, c := range seed.Codes {
		s.st.Codes[c.Code] = &code{Email: c.Email, Challenge: c.Challenge, Redirect: c.Redirect, Scopes: c.Scopes, Offline: true, Made: s.cfg.Now()}
	}
	return nil
}
