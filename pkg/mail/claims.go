package mail

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Claims is the table mails: key mail_id; state claimed, sent or suppressed;
// lease in Unix milliseconds; ttl in Unix seconds; message_id as SES gave it.
// It holds no address.
type Claims struct {
	// DB is the two calls of *dynamodb.Client that are used.
	DB interface {
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string
	Now   func() time.Time
}

// The states of a mail.
const (
	stateClaimed    = "claimed"    // somebody is sending it, until the lease ends
	stateSent       = "sent"       // it is sent; for good, until ttl
	stateSuppressed = "suppressed" // its address gets none
)

// errTaken and errDone report a claim that another run holds or has settled.
var (
	errTaken = errors.New("another run is sending the mail")
	errDone  = errors.New("the mail is sent")
)

// claim takes a mail for the span of the lease and returns the lease's end,
// which names this claim. A row whose lease or ttl has passed is free: both are
// judged by our clock, since DynamoDB deletes expired rows when it pleases.
func (c *Claims) claim(ctx context.Context, id string, lease, keep time.Duration) (int64, error) {
	now := c.Now()
	until := now.Add(lease).UnixMilli()
	_, err := c.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &c.Table,
		Item: map[string]types.AttributeValue{
			"mail_id": str(id), "state": str(stateClaimed), "lease": num(until), "ttl": num(now.Add(keep).Unix()),
		},
		ConditionExpression:                 aws.String("attribute_not_exists(mail_id) OR #ttl <= :seconds OR (#state = :claimed AND #lease <= :now)"),
		ExpressionAttributeNames:            map[string]string{"#ttl": "ttl", "#state": "state", "#lease": "lease"},
		ExpressionAttributeValues:           map[string]types.AttributeValue{":seconds": num(now.Unix()), ":claimed": str(stateClaimed), ":now": num(now.UnixMilli())},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return until, nil
	}
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return 0, fmt.Errorf("mail: claim %s: %w", id, err)
	}
	if state, _ := failed.Item["state"].(*types.AttributeValueMemberS); state != nil && state.Value == stateClaimed {
		return 0, errTaken
	}
	return 0, errDone
}

// settle records what became of a mail, if the claim is still ours.
func (c *Claims) settle(ctx context.Context, id string, claim int64, state, messageID string) error {
	_, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Table, Key: map[string]types.AttributeValue{"mail_id": str(id)},
		UpdateExpression:          aws.String("SET #state = :state, message_id = :message, settled_at = :now"),
		ConditionExpression:       aws.String("#lease = :claim"),
		ExpressionAttributeNames:  map[string]string{"#state": "state", "#lease": "lease"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":state": str(state), ":message": str(messageID), ":now": num(c.Now().Unix()), ":claim": num(claim)},
	})
	if err != nil {
		return fmt.Errorf("mail: settle %s: %w", id, err)
	}
	return nil
}

// release ends a claim at once, so that the next try need not wait for it.
func (c *Claims) release(ctx context.Context, id string, claim int64) error {
	_, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Table, Key: map[string]types.AttributeValue{"mail_id": str(id)},
		UpdateExpression:          aws.String("SET #lease = :none"),
		ConditionExpression:       aws.String("#lease = :claim AND #state = :claimed"),
		ExpressionAttributeNames:  map[string]string{"#state": "state", "#lease": "lease"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":none": num(0), ":claim": num(claim), ":claimed": str(stateClaimed)},
	})
	if err != nil {
		return fmt.Errorf("mail: release %s: %w", id, err)
	}
	return nil
}

// str and num are attribute values.
func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
