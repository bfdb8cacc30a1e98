package fleet

import "time"

// Queue is one SQS queue with its dead-letter queue, <name>-dead.
type Queue struct {
	Name       string
	Visibility time.Duration // six times its function's timeout, as AWS advises
	Receives   int           // deliveries before a message is dead
}

// Queues returns every queue of the fleet. The slice is the caller's own.
func Queues() []Queue {
	return []Queue{
		{Name: "welcome", Visibility: 3 * time.Minute, Receives: 5},
		{Name: "calendars", Visibility: 6 * time.Minute, Receives: 3},
		{Name: "deletions", Visibility: 10 * time.Minute, Receives: 144}, // every ten minutes for a day
	}
}

// Topics returns the SNS topics of the fleet. The slice is the caller's own.
func Topics() []string {
	return []string{"ses-events"}
}
