package solo

// Setup is what must exist before an event: rows by table, and people in the
// pool. Rows are plain values; numbers are json.Number.
type Setup struct {
	Rows  map[string][]map[string]any `json:"rows"`
	Users []User                      `json:"users"`
}

// User is one person in the user pool.
type User struct {
	Sub        string            `json:"sub"`
	Username   string            `json:"username"` // the sub if empty
	Status     string            `json:"status"`   // CONFIRMED if empty
	Attributes map[string]string `json:"attributes"`
}
