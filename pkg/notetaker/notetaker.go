// Package notetaker sends bots into meetings and keeps what is said there.
//
// A bot is dispatched once for a room and a start, however many users and
// calendars want it there: the [Dispatcher] keeps each user's wish, and makes
// the one bot follow from all of them. What the bot hears arrives as webhooks,
// which the [Scribe] writes into the table chunks in commit order, so that the
// [Reader]'s cursor can never skip anything.
//
// A bot is known by three things. Its BotID is ours, and is what clients speak
// of. Its recall id is the vendor's, and stays in the books. Its room and start
// are what it was dispatched for.
package notetaker

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Item is a row as DynamoDB holds it. Times are numbers of Unix seconds unless
// their name ends in _ms.
type Item = map[string]types.AttributeValue

// Getter, Querier, Updater and Transactor are the parts of a DynamoDB client
// that this package's types are put together from.
type (
	// Getter reads rows by their keys.
	Getter interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	}
	// Querier reads the rows of one hash key.
	Querier interface {
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	}
	// Updater changes one row.
	Updater interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	// Transactor changes several rows at once, or none.
	Transactor interface {
		TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	}
)

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func words(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func whole(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return i
}

func yes(v types.AttributeValue) bool {
	b, ok := v.(*types.AttributeValueMemberBOOL)
	return ok && b.Value
}

func moment(v types.AttributeValue) time.Time {
	n := whole(v)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
