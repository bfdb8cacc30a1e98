package solo

import "encoding/json"

// Setup is what must exist before an event: rows by table, people in the pool,
// and objects in Stripe's account, as its stand-in keeps them. Rows are plain
// values; numbers are json.Number.
type Setup struct {
	Rows   map[string][]map[string]any `json:"rows"`
	Users  []User                      `json:"users"`
	Stripe json.RawMessage             `json:"stripe"`
}

// User is one person in the user pool.
type User struct {
	Sub        string            `json:"sub"`
	Username   string            `json:"username"` // the sub if empty
	Status     string            `json:"status"`   // CONFIRMED if empty
	Attributes map[string]string `json:"attributes"`
}
