package cognitotest

import (
	"maps"
	"time"
)

// User is one user as a test or a console sees one.
type User struct {
	Username, Sub, Status string
	Enabled, MFA          bool
	Created               time.Time
	Attributes            map[string]string
	// Providers names the identities of a federated or linked user, such as
	// "Google_1084".
	Providers []string
}

// Users returns all users, oldest first.
func (s *Server) Users() []User {
	var out []User
	for _, u := range s.users.all() {
		out = append(out, u.view())
	}
	return out
}

// User returns the user with this user name, e-mail address or sub.
func (s *Server) User(login string) (User, bool) {
	u, ok := s.users.find(login)
	return u.view(), ok
}

func (u user) view() User {
	v := User{
		Username: u.Username, Sub: u.Sub, Status: u.Status, Enabled: !u.Disabled, MFA: u.TOTP.Enabled,
		Created: u.Created, Attributes: maps.Clone(u.Attributes),
	}
	for _, id := range u.Identities {
		v.Providers = append(v.Providers, id.ProviderName+"_"+id.UserID)
	}
	return v
}

// Config returns what the server runs with, every default filled in.
func (s *Server) Config() Config { return s.cfg }

// Issue returns a fresh access and identity token for the user with this sub, as
// if it had just signed in; the pool accepts them. A sub that the pool does not
// know gets tokens that verify but belong to nobody, which is enough to replay an
// event.
func (s *Server) Issue(sub string) (access, id string, err error) {
	u, ok := s.users.find(sub)
	if !ok {
		u = user{Username: sub, Sub: sub, Status: StatusConfirmed}
	}
	r, err := s.signIn(u, grant{Scope: scopeAdmin})
	return r.AccessToken, r.IDToken, err
}

// SignAccess and SignID sign any claims with the pool's keys: tokens that are
// wrong in one respect, for tests of a verifier.
func (s *Server) SignAccess(claims map[string]any) (string, error) {
	return s.signingKeys().AccessToken.Sign(claims)
}

// SignID signs claims with the key of identity tokens; see SignAccess.
func (s *Server) SignID(claims map[string]any) (string, error) {
	return s.signingKeys().IDToken.Sign(claims)
}
