package googletest

import (
	"encoding/json"
	"fmt"
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
}

// Add puts a Seed, as JSON, into the server. Its codes were made just now, by
// consents for offline access.
func (s *Server) Add(text []byte) error {
	var seed Seed
	if err := json.Unmarshal(text, &seed); err != nil {
		return fmt.Errorf("googletest: read the seed: %w", err)
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
