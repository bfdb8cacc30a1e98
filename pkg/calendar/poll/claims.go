package poll

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/calendar"
)

// Claims moves connections in the index of those that are due. It changes no
// version: whoever works on a connection is not disturbed.
type Claims struct {
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // calendar_connections, by its real name
}

// Move makes an active connection that is due at from due at to instead. It
// reports false, and changes nothing, when it is not due at from: another was
// quicker, or its user made it due.
func (c Claims) Move(ctx context.Context, sub string, from, to time.Time) (bool, error) {
	_, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Table, Key: calendar.Key(sub),
		UpdateExpression:         aws.String("SET next_poll_at = :to"),
		ConditionExpression:      aws.String("next_poll_at = :from AND #state = :active"),
		ExpressionAttributeNames: map[string]string{"#state": "state"},
		ExpressionAttributeValues: calendar.Item{
			":from": num(from.Unix()), ":to": num(to.Unix()), ":active": &types.AttributeValueMemberS{Value: string(calendar.Active)},
		},
	})
	var other *types.ConditionalCheckFailedException
	if errors.As(err, &other) {
		return false, nil
	}
	if err != nil {
		return false, calendar.ErrStore.With(fmt.Errorf("poll: claim connection of %s: %w", sub, err))
	}
	return true, nil
}

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
