package googletest

import (
	"maps"
	"slices"
	"strings"
)

// Who returns whose access token it is and what it is good for; false when it is
// none, has run out or was revoked.
func (s *Server) Who(token string) (email string, scopes []string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.st.Access[token]
	if !ok || !s.cfg.Now().Before(a.Until) {
		return "", nil, false
	}
	return a.Email, slices.Clone(a.Scopes), true
}

// Consent is what a person does on the consent page: it grants the scopes to the
// client and returns a refresh token. Tests that are about something else begin
// with it.
func (s *Server) Consent(email string, scopes ...string) (refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refresh = s.secret("1//0")
	s.st.Grants = append(s.st.Grants, &grant{Email: email, Refresh: refresh, Scopes: scopes})
	return refresh
}

// EndAccess is what a person does in the settings of the Google account: the
// client's access ends, with all its tokens.
func (s *Server) EndAccess(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(email)
}

func (s *Server) end(email string) {
	s.st.Grants = slices.DeleteFunc(s.st.Grants, func(g *grant) bool { return g.Email == email })
	maps.DeleteFunc(s.st.Access, func(_ string, a access) bool { return a.Email == email })
}

// forgetOldest holds an account to the grants that it can have.
func (s *Server) forgetOldest(email string) {
	n := 0
	for i, g := range slices.Backward(s.st.Grants) {
		if g.Email != email {
			continue
		}
		if n++; n > maxGrants {
			s.st.Grants = slices.Delete(s.st.Grants, i, i+1)
		}
	}
}

// Granted lists the accounts whose access lasts, without duplicates.
func (s *Server) Granted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, g := range s.st.Grants {
		out = append(out, g.Email)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// scopeName is a scope in Google's words on the consent page.
func scopeName(scope string) string {
	switch {
	case scope == "openid", scope == "email":
		return "See your e-mail address"
	case strings.HasSuffix(scope, "/auth/calendar.events.readonly"):
		return "View events on all your calendars"
	}
	return scope
}
