package billing

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Links is the Linker's view of the table entitlements. It touches no attribute
// of a row but the link, its generation, the version and the time of change; the
// version grows so that a projection of the former customer cannot land.
type Links struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // the real name of entitlements
	Now   func() time.Time
}

// The attributes of the link in a row of entitlements.
const (
	attrSub        = "cognito_sub"
	attrCustomer   = "stripe_customer_id"
	attrGeneration = "stripe_generation"
)

// Get implements the Linker's interface with a consistent read.
func (l Links) Get(ctx context.Context, sub string) (Link, error) {
	out, err := l.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &l.Table, Key: subItem(sub), ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String(attrCustomer + ", " + attrGeneration),
	})
	if err != nil {
		return Link{}, err
	}
	return linkOf(out.Item), nil
}

// Put implements the Linker's interface.
func (l Links) Put(ctx context.Context, sub, customerID string) (string, error) {
	link, err := l.update(ctx, sub,
		"SET stripe_customer_id = :id, version = if_not_exists(version, :zero) + :one, updated_at = :now",
		"attribute_not_exists(stripe_customer_id)",
		map[string]types.AttributeValue{":id": text(customerID), ":zero": number(0), ":one": number(1), ":now": l.now()})
	return link.CustomerID, err
}

// Retire implements the Linker's interface.
func (l Links) Retire(ctx context.Context, sub, customerID string) (Link, error) {
	return l.update(ctx, sub,
		"SET stripe_generation = if_not_exists(stripe_generation, :zero) + :one, version = if_not_exists(version, :zero) + :one, updated_at = :now REMOVE stripe_customer_id",
		"stripe_customer_id = :id",
		map[string]types.AttributeValue{":id": text(customerID), ":zero": number(0), ":one": number(1), ":now": l.now()})
}

// update changes the row if the condition holds, and returns the link as it is
// then, or as it was when the condition did not hold.
func (l Links) update(ctx context.Context, sub, expression, condition string, values map[string]types.AttributeValue) (Link, error) {
	out, err := l.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.Table, Key: subItem(sub),
		UpdateExpression: &expression, ConditionExpression: &condition, ExpressionAttributeValues: values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var lost *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &lost):
		return linkOf(lost.Item), nil
	case err != nil:
		return Link{}, err
	}
	return linkOf(out.Attributes), nil
}

func (l Links) now() types.AttributeValue { return number(l.Now().Unix()) }

func linkOf(item map[string]types.AttributeValue) Link {
	return Link{CustomerID: textOf(item[attrCustomer]), Generation: int(numberOf(item[attrGeneration]))}
}

func subItem(sub string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{attrSub: text(sub)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// textOf returns a string attribute, "" when it is absent or no string.
func textOf(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

// numberOf returns a whole-number attribute, 0 when it is absent or none.
func numberOf(v types.AttributeValue) int64 {
	s, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
