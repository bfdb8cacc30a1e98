package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// APIVersion is the version whose shapes the account speaks.
const APIVersion = "2023-10-16"

// Event is one entry of the account's event log. Body is the event's JSON as a
// webhook carries it.
type Event struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Created int64           `json:"created"`
	Body    json.RawMessage `json:"body"`
}

// Events returns the event log, oldest first.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Event, 0, len(s.st.Events))
	for _, e := range s.st.Events {
		out = append(out, *e)
	}
	return out
}

// emit appends an event. before, if any, becomes previous_attributes; c is the
// API call behind the event and nil for what Stripe does by itself.
func (s *Server) emit(kind string, now, before object, c *call) {
	data := object{"object": now}
	if before != nil {
		data["previous_attributes"] = changes(before, now)
	}
	cause := object{"id": nil, "idempotency_key": nil}
	if c != nil {
		cause = object{"id": c.id, "idempotency_key": orNil(c.key)}
	}
	e := &Event{ID: s.id("evt"), Type: kind, Created: s.now().Unix()}
	e.Body, _ = json.Marshal(object{
		"id": e.ID, "object": "event", "api_version": APIVersion, "created": e.Created, "data": data,
		"livemode": s.live(), "pending_webhooks": 1, "request": cause, "type": kind,
	})
	s.st.Events = append(s.st.Events, e)
}

// Sign returns the Stripe-Signature header of a payload sent at t: one v1
// signature for each secret, as during a secret's roll.
func Sign(payload []byte, t time.Time, secrets ...string) string {
	stamp := strconv.FormatInt(t.Unix(), 10)
	header := "t=" + stamp
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(slices.Concat([]byte(stamp), []byte("."), payload))
		header += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return header
}
