package solo

import (
	"encoding/json"
	"time"
)

// Setup is what must exist before an event: rows by table, people in the pool,
// objects in Stripe's account, and users of the old Supabase project, as their
// stand-ins keep them, and grants at Google. Rows are plain values; numbers are
// json.Number. A value {{sealed:SUB purpose token}} is that token, sealed for SUB
// as pkg/calendar does.
type Setup struct {
	Rows   map[string][]map[string]any `json:"rows"`
	Users  []User                      `json:"users"`
	Stripe json.RawMessage             `json:"stripe"`

	Supabase json.RawMessage `json:"supabase"`
	Google   json.RawMessage `json:"google"` // a googletest.Seed
}

// User is one person in the user pool.
type User struct {
	Sub        string            `json:"sub"`
	Username   string            `json:"username"` // the sub if empty
	Status     string            `json:"status"`   // CONFIRMED if empty
	Created    time.Time         `json:"created"`  // when the world was made if zero
	Attributes map[string]string `json:"attributes"`
}
