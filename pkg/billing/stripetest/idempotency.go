package stripetest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// keyLife is how long a saved answer is kept. Stripe says at least 24 hours.
const keyLife = 24 * time.Hour

// answer is what Stripe keeps for an idempotency key.
type answer struct {
	Path   string    `json:"path"`
	Params string    `json:"params"` // fingerprint
	Status int       `json:"status"`
	Body   []byte    `json:"body"`
	At     time.Time `json:"at"`
}

// begin decides what happens to a request with a key: a saved answer to replay,
// a refusal, or neither, in which case the key is taken until finish.
func (s *Server) begin(c *call) (*answer, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.key == "" {
		return nil, nil
	}
	slot := c.secret + " " + c.key
	if a := s.st.Answers[slot]; a != nil && s.now().Sub(a.At) < keyLife {
		return a, a.check(c)
	}
	if s.inFlight[slot] {
		return nil, &apiError{
			Status: http.StatusConflict, Type: "idempotency_error", Code: "idempotency_key_in_use", unsaved: true,
			Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): " + c.key + ". Please try again later.",
		}
	}
	s.inFlight[slot] = true
	return nil, nil
}

// finish frees the key and keeps the answer, unless it was refused before
// execution began.
func (s *Server) finish(c *call, status int, body []byte, keep bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.key == "" {
		return
	}
	slot := c.secret + " " + c.key
	delete(s.inFlight, slot)
	if keep {
		s.st.Answers[slot] = &answer{Path: c.path, Params: c.fingerprint(), Status: status, Body: body, At: s.now()}
	}
}

// check refuses a key that is used for another request than its first.
func (a *answer) check(c *call) *apiError {
	e := &apiError{Status: http.StatusBadRequest, Type: "idempotency_error", unsaved: true}
	switch {
	case a.Path != c.path:
		e.Message = "Keys for idempotent requests can only be used for the same endpoint they were first used for ('" + a.Path + "'). Try using a key other than '" + c.key + "' if you meant to execute a different request."
	case a.Params != c.fingerprint():
		e.Message = "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '" + c.key + "' if you meant to execute a different request."
	default:
		return nil
	}
	return e
}

func (c *call) fingerprint() string {
	sum := sha256.Sum256([]byte(c.form.Encode()))
	return hex.EncodeToString(sum[:])
}
