package billing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Cursor is how far a reconciliation has come.
type Cursor struct {
	Began time.Time `json:"began"`
	Phase Phase     `json:"phase"`
	After string    `json:"after"` // the last id of the phase that is done
	Tally Tally     `json:"tally"`
}

// Phase is one part of a reconciliation.
type Phase string

// The phases, in order.
const (
	Events        Phase = "events"        // that no webhook delivered
	Subscriptions Phase = "subscriptions" // Stripe's, against our rows
	PaidRows      Phase = "rows"          // our paid rows, against Stripe
	Finished      Phase = "finished"
)

// Tally counts what a reconciliation saw and did.
type Tally struct {
	Events        int `json:"events"`        // that needed work
	Subscriptions int `json:"subscriptions"` // looked at
	Rows          int `json:"rows"`          // paid ones looked at
	Projected     int `json:"projected"`     // users whose facts were fetched
	Repaired      int `json:"repaired"`      // rows that were wrong
	Failed        int `json:"failed"`        // users that could not be checked
}

// Cursors keeps the cursor in the table stripe_events, under a key that no event
// can have.
type Cursors struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	}
	Table string // the real name of stripe_events
	Now   func() time.Time
}

const cursorKey = "reconcile"

// Load returns the stored cursor, the zero one when there is none.
func (c Cursors) Load(ctx context.Context) (Cursor, error) {
	out, err := c.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &c.Table, Key: eventKey(cursorKey), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Cursor{}, fmt.Errorf("billing: load cursor: %w", err)
	}
	var cur Cursor
	if json.Unmarshal([]byte(textOf(out.Item["cursor"])), &cur) != nil {
		return Cursor{}, nil // none, or one of another version: begin anew
	}
	return cur, nil
}

// Save stores the cursor.
func (c Cursors) Save(ctx context.Context, cur Cursor) error {
	b, err := json.Marshal(cur)
	if err != nil {
		return fmt.Errorf("billing: encode cursor: %w", err)
	}
	_, err = c.DB.PutItem(ctx, &dynamodb.PutItemInput{TableName: &c.Table, Item: map[string]types.AttributeValue{
		"event_id": text(cursorKey), "cursor": text(string(b)), "ttl": number(c.Now().Add(eventLife).Unix()),
	}})
	if err != nil {
		return fmt.Errorf("billing: save cursor: %w", err)
	}
	return nil
}
