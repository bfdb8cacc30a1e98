package notetaker

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// Store is the tables that bots are in, by their real names.
type Store struct {
	DB interface {
		Getter
		Querier
		Updater
		Transactor
	}
	Bots, Chunks, Dispatches, Entitlements string
}

func sure() types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: true} }
func no() types.AttributeValue   { return &types.AttributeValueMemberBOOL{} }

func transact(items ...types.TransactWriteItem) *dynamodb.TransactWriteItemsInput {
	return &dynamodb.TransactWriteItemsInput{TransactItems: items}
}

// account reads what a user may do, and the version of the user's set of bots.
func (s Store) account(ctx context.Context, sub string) (entitlement.Row, int64, error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.Entitlements, Key: Item{"cognito_sub": str(sub)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return entitlement.Row{}, 0, entitlement.ErrUnavailable.With(fmt.Errorf("notetaker: read row of %s: %w", sub, err))
	}
	return entitlement.RowOf(sub, out.Item), whole(out.Item["bots_version"]), nil
}

// books reads a call's books; absent ones are zero.
func (s Store) books(ctx context.Context, botID string) (books, error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.Chunks, Key: booksKey(botID), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return books{}, ErrStore.With(fmt.Errorf("notetaker: read books of %s: %w", botID, err))
	}
	return booksOf(out.Item), nil
}

// find reads the user's own bot with its books, or says that there is none.
func (s Store) find(ctx context.Context, sub, botID string) (bot, books, error) {
	own, k, err := readBot(ctx, s.DB, s.Bots, s.Chunks, sub, botID, Gate{})
	if err == nil && own.BotID == "" {
		err = ErrNoBot
	}
	return own, k, err
}

// wish changes a user's row of a dispatch.
func (d *Dispatcher) wish(ctx context.Context, key, sub, update, condition string, values Item) error {
	in := &dynamodb.UpdateItemInput{
		TableName: &d.Dispatches, Key: Item{"room_start": str(key), "owner": str(sub)},
		UpdateExpression: &update, ExpressionAttributeValues: values,
	}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	if _, ok := values[":ttl"]; ok {
		in.ExpressionAttributeNames = map[string]string{"#ttl": "ttl"}
	}
	_, err := d.DB.UpdateItem(ctx, in)
	return err
}

// keepDispatch is how long a dispatch is remembered after its start: calendars
// look back no further.
const keepDispatch = 30 * 24 * time.Hour

// expiry counts from the later of start and now, in Unix seconds.
func (d *Dispatcher) expiry(start time.Time) types.AttributeValue {
	if now := d.Now(); now.After(start) {
		start = now
	}
	return num(start.Add(keepDispatch).Unix())
}
