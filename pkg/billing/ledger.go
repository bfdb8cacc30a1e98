package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

var (
	// ErrBusy reports that another run is working on the event right now.
	ErrBusy = fault.New(fault.Conflict, "EVENT_IN_PROGRESS", "This event is being worked on. Deliver it again later.").After(5 * time.Second)
	// ErrDone reports that the event was worked on already.
	ErrDone = errors.New("billing: event is done")
	// errFenced reports that our lease ran out and another run took the event.
	errFenced = errors.New("billing: lost the event to another run")
	// errStale reports that the row changed since it was read.
	errStale = errors.New("billing: the row changed meanwhile")
)

// eventLife is how long the ledger keeps an event: longer than Stripe retries or
// lets anybody resend it.
const eventLife = 60 * 24 * time.Hour

// Claim is the right to work on one event until its lease ends. The fence tells
// this run from an earlier one whose lease has ended.
type Claim struct {
	Event string
	Fence int64
}

// Ledger is the table stripe_events, which is both the guard against working
// twice on an event and the log of what was delivered. Leases are judged by our
// clock; the table's own expiry only tidies up.
type Ledger struct {
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
		TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	}
	Events       string // the real name of stripe_events
	Entitlements string // the real name of entitlements
	Now          func() time.Time
}

// Claim takes the event until the lease ends. It is ErrDone for an event that
// was finished, unless again is set, and ErrBusy while another run holds it.
func (l Ledger) Claim(ctx context.Context, e Event, lease time.Duration, again bool) (Claim, error) {
	now := l.Now()
	condition := "attribute_not_exists(event_id) OR (#state = :doing AND lease_until <= :now)"
	if again {
		condition = "attribute_not_exists(event_id) OR #state <> :doing OR lease_until <= :now"
	}
	out, err := l.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.Events, Key: eventKey(e.ID),
		UpdateExpression: aws.String("SET #state = :doing, lease_until = :lease, #type = :type, created = :created, #ttl = :ttl, " +
			"received_at = if_not_exists(received_at, :seconds), fence = if_not_exists(fence, :zero) + :one"),
		ConditionExpression:      &condition,
		ExpressionAttributeNames: map[string]string{"#state": "state", "#type": "type", "#ttl": "ttl"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":doing": text("doing"), ":now": number(now.UnixMilli()), ":lease": number(now.Add(lease).UnixMilli()),
			":type": text(e.Type), ":created": number(e.Created.Unix()), ":ttl": number(now.Add(eventLife).Unix()),
			":seconds": number(now.Unix()), ":zero": number(0), ":one": number(1),
		},
		ReturnValues:                        types.ReturnValueUpdatedNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var taken *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &taken) && textOf(taken.Item["state"]) == "done":
		return Claim{}, ErrDone
	case errors.As(err, &taken):
		return Claim{}, ErrBusy
	case err != nil:
		return Claim{}, fmt.Errorf("billing: claim event %s: %w", e.ID, err)
	}
	return Claim{Event: e.ID, Fence: numberOf(out.Attributes["fence"])}, nil
}

// Release gives the event back unfinished, so that the next delivery need not
// wait for the lease's end. The code of what went wrong stays on record.
func (l Ledger) Release(ctx context.Context, c Claim, code string) error {
	_, err := l.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.Events, Key: eventKey(c.Event),
		UpdateExpression:         aws.String("SET lease_until = :zero, last_error = :code"),
		ConditionExpression:      aws.String(held),
		ExpressionAttributeNames: map[string]string{"#state": "state"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":zero": number(0), ":doing": text("doing"), ":fence": number(c.Fence), ":code": text(code),
		},
	})
	if err != nil {
		return fmt.Errorf("billing: release event %s: %w", c.Event, err)
	}
	return nil
}

// held is the condition that a claim still stands.
const held = "#state = :doing AND fence = :fence"

// Finish marks the event done without a change of any row.
func (l Ledger) Finish(ctx context.Context, c Claim, outcome Outcome, customer string) error {
	u := l.done(c, outcome, customer)
	_, err := l.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	var lost *types.ConditionalCheckFailedException
	if errors.As(err, &lost) {
		return errFenced
	}
	return err
}

// Commit writes the row's change and the event's end in one transaction: either
// both are there, or neither. Without a claim it writes the row alone.
func (l Ledger) Commit(ctx context.Context, change entitlement.Change, c *Claim, outcome Outcome, customer string) error {
	row := &types.Update{
		TableName: &l.Entitlements, Key: change.Key, UpdateExpression: &change.Expression, ConditionExpression: &change.Condition,
		ExpressionAttributeNames: change.Names, ExpressionAttributeValues: change.Values,
	}
	items := []types.TransactWriteItem{{Update: row}}
	if c != nil {
		items = append(items, types.TransactWriteItem{Update: l.done(*c, outcome, customer)})
	}
	_, err := l.DB.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	return conflict(err)
}

// done is the update that ends an event.
func (l Ledger) done(c Claim, outcome Outcome, customer string) *types.Update {
	u := &types.Update{
		TableName: &l.Events, Key: eventKey(c.Event),
		UpdateExpression:         aws.String("SET #state = :done, outcome = :outcome, done_at = :now"),
		ConditionExpression:      aws.String(held),
		ExpressionAttributeNames: map[string]string{"#state": "state"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":done": text("done"), ":doing": text("doing"), ":fence": number(c.Fence),
			":outcome": text(string(outcome)), ":now": number(l.Now().Unix()),
		},
	}
	if customer != "" {
		u.UpdateExpression = aws.String(*u.UpdateExpression + ", customer = :customer")
		u.ExpressionAttributeValues[":customer"] = text(customer)
	}
	return u
}

// conflict tells why a transaction was cancelled: the first item is the row, the
// second the claim. A lost claim counts first, since it ends the work.
func conflict(err error) error {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return err
	}
	failed := func(i int, code string) bool {
		return i < len(cancelled.CancellationReasons) && aws.ToString(cancelled.CancellationReasons[i].Code) == code
	}
	switch {
	case failed(1, "ConditionalCheckFailed"):
		return errFenced
	case failed(0, "ConditionalCheckFailed"), failed(0, "TransactionConflict"), failed(1, "TransactionConflict"):
		return errStale
	}
	return err
}

func eventKey(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"event_id": text(id)}
}
