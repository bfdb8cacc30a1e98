package cognitotest

import (
	"encoding/json"
	"fmt"

	"callanalyst/pkg/auth/cognitotest/keys"
)

// state is what outlives the process. Challenges and authorization codes are not
// in it: they live for minutes.
type state struct {
	Keys    keys.Set                `json:"keys"`
	Users   []user                  `json:"users"`
	Grants  map[string]grant        `json:"grants"`
	Refresh map[string]refreshToken `json:"refresh"`
}

// Snapshot returns the pool's state as JSON: users, sign-ins and the private
// signing keys. It holds no password, code or refresh token in a usable form, but
// whoever has the keys can forge tokens, so it must be stored as a secret.
func (s *Server) Snapshot() ([]byte, error) {
	st := state{Keys: s.signingKeys(), Users: s.users.all()}
	st.Grants, st.Refresh = s.grants.dump()
	out, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("cognitotest: encode a snapshot: %w", err)
	}
	return out, nil
}

// Restore replaces the pool's state, keys included, by that of a snapshot. A
// snapshot that cannot be read changes nothing.
func (s *Server) Restore(snapshot []byte) error {
	var st state
	if err := json.Unmarshal(snapshot, &st); err != nil {
		return fmt.Errorf("cognitotest: decode a snapshot: %w", err)
	}
	if st.Keys.IDToken.Private == nil {
		return fmt.Errorf("cognitotest: the snapshot has no signing keys: %w", keys.ErrKey)
	}
	s.useKeys(st.Keys)
	s.users.replace(st.Users)
	s.grants.replace(st.Grants, st.Refresh)
	return nil
}
