package migration

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Leavers sees to it that the old system does not bring back whom this one has
// deleted: the password there is as good as ever. It is safe for concurrent use.
type Leavers struct {
	DB interface {
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Rows Rows
}

// forgotten is what a row loses when its user leaves: all but the hash.
const forgotten = "SET left_at = if_not_exists(left_at, :now) " +
	"REMOVE legacy_id, #name, confirmed, banned_until, stripe_customer_id, tier, cognito_sub, proved_at, claimed_at"

// Leave marks the rows of the user sub as left, and forgets everything else that
// they hold: those that the user had claimed, and that of email, unless it is
// somebody else's. Email is an address that the pool vouches for, "" for none. An
// address without a row gets one with the mark alone: its user may be in the old
// system and in no snapshot. It may run any number of times.
func (l Leavers) Leave(ctx context.Context, sub, email string) error {
	hashes, err := l.claimed(ctx, sub)
	if err != nil {
		return err
	}
	if email != "" {
		hashes = append(hashes, Hash(email))
	}
	for _, hash := range hashes {
		err := l.mark(ctx, hash, sub)
		if err != nil && !errors.Is(err, errCondition) { // else it is another user's
			return err
		}
	}
	return nil
}

// claimed returns the hashes of the rows that the user has claimed. There is one,
// unless the user's address has changed.
func (l Leavers) claimed(ctx context.Context, sub string) (hashes []string, err error) {
	out, err := l.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &l.Rows.Table, IndexName: aws.String(attrSub), KeyConditionExpression: aws.String("cognito_sub = :sub"),
		ExpressionAttributeValues: item{":sub": text(sub)},
	})
	if err != nil {
		return nil, fmt.Errorf("migration: look for legacy rows of %s: %w", sub, err)
	}
	for _, it := range out.Items {
		hashes = append(hashes, textOf(it[attrHash]))
	}
	return hashes, nil
}

func (l Leavers) mark(ctx context.Context, hash, sub string) error {
	_, err := l.Rows.change(ctx, item{attrHash: text(hash)}, forgotten,
		"attribute_not_exists(cognito_sub) OR cognito_sub = :sub",
		item{":sub": text(sub), ":now": seconds(l.Rows.Now())})
	return err
}
