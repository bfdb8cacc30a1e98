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

// The API versions whose shapes events can have.
const (
	APIVersion = "2023-10-16"       // what the API answers in, always
	Basil      = "2025-03-31.basil" // what a newer webhook endpoint sends
)

// Event is one entry of the account's event log. Body is the event's JSON as a
// webhook carries it, in APIVersion.
type Event struct {
	entry
	Type string          `json:"type"`
	Body json.RawMessage `json:"body"`
}

// Events returns the event log, oldest first.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := values(newest(s.st.Events, func(*Event) bool { return true }))
	slices.Reverse(log)
	return log
}

// emit appends an event and plans its deliveries. before, if any, becomes
// previous_attributes; c is the API call behind the event and nil for what
// Stripe or an operator does.
func (s *Server) emit(kind string, now, before object, c *call) {
	data := object{"object": now}
	if before != nil {
		data["previous_attributes"] = changes(before, now)
	}
	cause := object{"id": nil, "idempotency_key": nil}
	if c != nil {
		cause = object{"id": c.id, "idempotency_key": orNil(c.key)}
	}
	for range map[bool]int{false: 1, true: 2}[s.weather.Twins] {
		e := &Event{entry: s.entry("evt"), Type: kind}
		e.Body, _ = json.Marshal(object{
			"id": e.ID, "object": "event", "api_version": APIVersion, "created": e.Created, "data": data,
			"livemode": s.live(), "pending_webhooks": 1, "request": cause, "type": kind,
		})
		s.st.Events[e.ID] = e
		s.enqueue(e)
	}
}

func eventObject(e *Event) object {
	var o object
	_ = json.Unmarshal(e.Body, &o)
	return o
}

// payload is the event in the shapes of an API version.
func (e *Event) payload(version string) []byte {
	if version == "" || version == APIVersion {
		return e.Body
	}
	o := eventObject(e)
	o["api_version"] = version
	if data, ok := o["data"].(map[string]any); ok {
		if inner, ok := data["object"].(map[string]any); ok {
			modernise(inner)
		}
	}
	b, _ := json.Marshal(o)
	return b
}

// modernise moves what 2025-03-31.basil moved: a subscription's period to its
// items, an invoice's subscription to its parent.
func modernise(o map[string]any) {
	switch o["object"] {
	case "subscription":
		items, _ := o["items"].(map[string]any)
		data, _ := items["data"].([]any)
		for _, x := range data {
			if item, ok := x.(map[string]any); ok {
				item["current_period_start"], item["current_period_end"] = o["current_period_start"], o["current_period_end"]
			}
		}
		delete(o, "current_period_start")
		delete(o, "current_period_end")
	case "invoice":
		details, _ := o["subscription_details"].(map[string]any)
		o["parent"] = object{"type": "subscription_details", "subscription_details": object{
			"subscription": o["subscription"], "metadata": details["metadata"],
		}}
		delete(o, "subscription")
		delete(o, "subscription_details")
	}
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
