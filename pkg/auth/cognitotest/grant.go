package cognitotest

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"sync"
	"time"
)

// grant is one sign-in: every token that descends from it carries its id as
// origin_jti and is revoked with it.
type grant struct {
	ID       string    `json:"id"`
	Username string    `json:"username"`
	AuthTime time.Time `json:"auth_time"`
	Expires  time.Time `json:"expires"`
	Scope    string    `json:"scope"`
	// Hosted sign-ins came through the hosted pages, Nonce from their caller.
	Hosted  bool   `json:"hosted,omitempty"`
	Nonce   string `json:"nonce,omitempty"`
	Revoked bool   `json:"revoked,omitempty"`
}

// refreshToken is what the pool keeps of a refresh token; the map key is the
// token's hash.
type refreshToken struct {
	Grant string `json:"grant"`
	// Replaced is when rotation put another token in its place.
	Replaced time.Time `json:"replaced,omitzero"`
}

// grants holds sign-ins and their refresh tokens.
type grants struct {
	mu      sync.Mutex
	byID    map[string]grant
	refresh map[string]refreshToken
}

func newGrants() *grants {
	return &grants{byID: map[string]grant{}, refresh: map[string]refreshToken{}}
}

// add stores a sign-in with its first refresh token.
func (g *grants) add(gr grant, token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.byID[gr.ID] = gr
	g.refresh[hashToken(token)] = refreshToken{Grant: gr.ID}
}

// get returns the sign-in with this id.
func (g *grants) get(id string) (grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	gr, ok := g.byID[id]
	return gr, ok
}

// find returns the sign-in that a refresh token belongs to.
func (g *grants) find(token string) (grant, refreshToken, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.refresh[hashToken(token)]
	return g.byID[t.Grant], t, ok
}

// rotate puts next in the place of token. Within the grace period one token may
// be replaced several times; its clock runs from the first.
func (g *grants) rotate(token, next string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.refresh[hashToken(token)]
	g.refresh[hashToken(next)] = refreshToken{Grant: old.Grant}
	if old.Replaced.IsZero() {
		old.Replaced = now
		g.refresh[hashToken(token)] = old
	}
}

// revoke ends the sign-ins that match.
func (g *grants) revoke(match func(grant) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, gr := range g.byID {
		if match(gr) {
			gr.Revoked = true
			g.byID[id] = gr
		}
	}
}

// forget removes a deleted user's sign-ins.
func (g *grants) forget(username string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for hash, t := range g.refresh {
		if g.byID[t.Grant].Username == username {
			delete(g.refresh, hash)
		}
	}
	for id, gr := range g.byID {
		if gr.Username == username {
			delete(g.byID, id)
		}
	}
}

// dump and replace copy everything out and in.
func (g *grants) dump() (map[string]grant, map[string]refreshToken) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.byID), maps.Clone(g.refresh)
}

func (g *grants) replace(byID map[string]grant, refresh map[string]refreshToken) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.byID, g.refresh = map[string]grant{}, map[string]refreshToken{}
	maps.Copy(g.byID, byID)
	maps.Copy(g.refresh, refresh)
}

// hashToken is how a refresh token is stored: it cannot be used from a snapshot.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
