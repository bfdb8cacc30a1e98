package migration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// ErrClaimed reports a row that belongs to a user of the pool already, or did
// until that user left: whoever shows its old password now comes too late.
var ErrClaimed = errors.New("migration: the legacy user has come over before")

// untaken is the condition that nobody has come over for the row yet.
const untaken = "attribute_not_exists(cognito_sub) AND attribute_not_exists(left_at)"

// Rows keeps the table legacy_users. Every write is one conditional update that
// may run any number of times. It is safe for concurrent use.
type Rows struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // its real name
	Now   func() time.Time
}

// Get returns the row of an address, the zero Legacy if there is none.
func (r Rows) Get(ctx context.Context, email string) (Legacy, error) {
	out, err := r.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &r.Table, Key: key(email), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Legacy{}, fmt.Errorf("migration: read legacy user: %w", err)
	}
	return legacyOf(out.Item), nil
}

// Prove writes that the user of the old system has shown the password just now,
// and makes the row of one whom no snapshot knew. It is ErrClaimed when the row
// has an owner.
func (r Rows) Prove(ctx context.Context, email string, l Legacy) error {
	_, err := r.update(ctx, email,
		"SET legacy_id = :id, #name = :name, confirmed = :yes, proved_at = if_not_exists(proved_at, :now)",
		untaken,
		item{":id": text(l.ID), ":name": text(l.Name), ":yes": flag(true), ":now": seconds(r.Now())})
	if errors.Is(err, errCondition) {
		return ErrClaimed
	}
	return err
}

// Remember writes what a snapshot found. A row that has, or had, an owner stays as
// it is.
// It reports whether the row is new.
func (r Rows) Remember(ctx context.Context, email string, l Legacy) (fresh bool, err error) {
	old, err := r.update(ctx, email,
		"SET legacy_id = :id, #name = :name, confirmed = :confirmed, banned_until = :banned",
		untaken,
		item{":id": text(l.ID), ":name": text(l.Name), ":confirmed": flag(l.Confirmed), ":banned": seconds(l.BannedUntil)})
	if errors.Is(err, errCondition) {
		return false, nil
	}
	return err == nil && old[attrID] == nil, err
}

// Pay writes what the legacy user paid for, as Stripe confirmed it, and returns
// the row, whose Sub says whom to give it to now. A row that is not there is not
// made: it is the zero Legacy.
func (r Rows) Pay(ctx context.Context, email string, l Legacy) (Legacy, error) {
	_, err := r.update(ctx, email, "SET stripe_customer_id = :customer, tier = :tier", "legacy_id = :id",
		item{":customer": text(l.CustomerID), ":tier": text(string(l.Tier)), ":id": text(l.ID)})
	if errors.Is(err, errCondition) {
		return Legacy{}, nil
	}
	if err != nil {
		return Legacy{}, err
	}
	return r.Get(ctx, email)
}

// Claim gives the row of the address to the pool's user sub, for good, and
// returns it. It reports false when there is nothing to claim: no row, one that
// was never confirmed, or one that belongs to somebody else.
func (r Rows) Claim(ctx context.Context, email, sub string) (Legacy, bool, error) {
	_, err := r.update(ctx, email,
		"SET cognito_sub = :sub, claimed_at = if_not_exists(claimed_at, :now)",
		"attribute_exists(legacy_id) AND confirmed = :yes AND (attribute_not_exists(cognito_sub) OR cognito_sub = :sub)",
		item{":sub": text(sub), ":now": seconds(r.Now()), ":yes": flag(true)})
	if errors.Is(err, errCondition) {
		return Legacy{}, false, nil
	}
	if err != nil {
		return Legacy{}, false, err
	}
	l, err := r.Get(ctx, email)
	return l, err == nil, err
}

// errCondition reports an update whose condition did not hold.
var errCondition = errors.New("condition does not hold")

// update changes the row of an address and returns it as it was before.
func (r Rows) update(ctx context.Context, email, expression, condition string, values item) (item, error) {
	return r.change(ctx, key(email), expression, condition, values)
}

// change changes a row and returns it as it was before.
func (r Rows) change(ctx context.Context, key item, expression, condition string, values item) (item, error) {
	in := &dynamodb.UpdateItemInput{
		TableName: &r.Table, Key: key, UpdateExpression: &expression, ConditionExpression: &condition,
		ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllOld,
	}
	if strings.Contains(expression, "#name") {
		in.ExpressionAttributeNames = map[string]string{"#name": attrName}
	}
	out, err := r.DB.UpdateItem(ctx, in)
	var lost *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &lost):
		return nil, errCondition
	case err != nil:
		return nil, fmt.Errorf("migration: write legacy user: %w", err)
	}
	return out.Attributes, nil
}

func key(email string) item { return item{attrHash: text(Hash(email))} }
