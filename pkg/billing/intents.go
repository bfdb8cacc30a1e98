package billing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// intentLife is how long one intent makes the same session: a little less than
// Stripe keeps a session open and remembers an idempotency key.
const intentLife = 23 * time.Hour

// Intents keeps, in the user's row of entitlements, which checkout the user has
// begun. It is what makes fifty clicks one session: every click asks Stripe
// under the stored intent's key. It touches no attribute but its own three.
type Intents struct {
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // the real name of entitlements
	Now   func() time.Time
	Rand  io.Reader
}

// Intent is a stored intent.
type Intent struct {
	Nonce    string // the random part of its idempotency key
	Replaced bool   // another intent stood there before
}

// Take returns the nonce of the user's intent for this order. It stores a new
// one when there is none, when the stored one is for another order or too old,
// and when its nonce is spent.
func (x Intents) Take(ctx context.Context, sub, order, spent string) (Intent, error) {
	nonce, err := x.nonce()
	if err != nil {
		return Intent{}, err
	}
	now := x.Now()
	condition := "attribute_not_exists(checkout_nonce) OR checkout_order <> :order OR checkout_at < :stale OR checkout_nonce = :spent"
	update := "SET checkout_nonce = :nonce, checkout_order = :order, checkout_at = :now"
	out, err := x.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &x.Table, Key: subItem(sub), UpdateExpression: &update, ConditionExpression: &condition,
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":nonce": text(nonce), ":order": text(order), ":now": number(now.Unix()),
			":stale": number(now.Add(-intentLife).Unix()), ":spent": text(spent),
		},
		ReturnValues:                        types.ReturnValueAllOld,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var there *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &there):
		return Intent{Nonce: textOf(there.Item["checkout_nonce"])}, nil
	case err != nil:
		return Intent{}, fmt.Errorf("billing: keep checkout intent of %s: %w", sub, err)
	}
	return Intent{Nonce: nonce, Replaced: textOf(out.Attributes["checkout_nonce"]) != ""}, nil
}

// nonce returns a random UUID.
func (x Intents) nonce() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(x.Rand, b); err != nil {
		return "", fmt.Errorf("billing: make a nonce: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
