package solo

import "time"

// Call is one request that the function made to a party outside.
type Call struct {
	Service   string // as AWS names it (dynamodb, ses, kms, …), or stripe
	Operation string // PutItem, or "POST /v1/customers"
	With      any    // its parameters, as decoded JSON
	Answered  string // an error's code; empty for success

	// Began and Ended are counted from the moment that the event was handed over.
	Began, Ended time.Duration
}
