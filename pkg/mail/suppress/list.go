package suppress

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// List writes the table suppressions: key email_hash; reason; at, when it
// happened, in Unix milliseconds; kind, in SES's words; message_id of the mail. It
// holds no address. It is safe for concurrent use.
type List struct {
	// DB is the one call of *dynamodb.Client that is used.
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string
	Now   func() time.Time
}

// Keep puts on the list whom the event concerns; an event that stops no mail
// changes nothing. Events come more than once and in any order: a row ends as the
// strongest thing that was told of its address, and the last of that kind.
func (l *List) Keep(ctx context.Context, e Event) error {
	reason := map[Fate]Reason{Bounced: Bounce, Complained: Complaint}[e.Fate]
	if reason == "" {
		return nil
	}
	var all []error
	for _, address := range e.Addresses {
		all = append(all, l.put(ctx, address, reason, e))
	}
	return errors.Join(all...)
}

// stronger are the conditions under which a row gives way: a bounce, which stops
// all mail, takes the place of a complaint, and never the other way round.
const (
	bounceStronger    = "attribute_not_exists(reason) OR reason <> :reason OR #at < :at"
	complaintStronger = "attribute_not_exists(reason) OR (reason = :reason AND #at < :at)"
)

func (l *List) put(ctx context.Context, address string, reason Reason, e Event) error {
	condition := complaintStronger
	if reason == Bounce {
		condition = bounceStronger
	}
	_, err := l.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.Table, Key: map[string]types.AttributeValue{"email_hash": str(Hash(address))},
		UpdateExpression:         aws.String("SET reason = :reason, #at = :at, kind = :kind, message_id = :message, updated_at = :now"),
		ConditionExpression:      &condition,
		ExpressionAttributeNames: map[string]string{"#at": "at"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":reason": str(string(reason)), ":at": num(e.At.UnixMilli()), ":kind": str(e.Kind), ":message": str(e.MessageID), ":now": num(l.Now().Unix()),
		},
	})
	var weaker *types.ConditionalCheckFailedException
	if err == nil || errors.As(err, &weaker) {
		return nil
	}
	return ErrUnavailable.With(fmt.Errorf("suppress: after %s: %w", e.MessageID, err))
}
