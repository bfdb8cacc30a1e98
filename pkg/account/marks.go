package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// Marks keeps in the table entitlements how far a deletion is: attribute deletion,
// begun or done, and while it is begun what its last steps need, deletion_username,
// deletion_email and deletion_name. The row is locked (disabled) from the first
// moment, for good: it is what refuses access tokens that outlive their user.
type Marks struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // the real name of entitlements
	Now   func() time.Time
}

// Case is one deletion.
type Case struct {
	Person
	Email      string // verified; "" if there is none to write to
	Name       string
	CustomerID string // at Stripe; "" for none
	Done       bool   // nothing is left to do
}

// The values of the attribute deletion.
const (
	begun = "begun"
	done  = "done"
)

// Begin locks the account and notes that its deletion has begun, or finds a
// deletion that had. What was noted first stays: when the last steps fail, the
// user may be gone and could not be asked. It is ErrDisabled of pkg/entitlement
// for an account that an operator has locked.
func (m Marks) Begin(ctx context.Context, c Case) (Case, error) {
	out, err := m.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &m.Table, Key: item{keySub: text(c.Sub)},
		UpdateExpression: aws.String("SET disabled = :true, deletion = :begun, deletion_at = if_not_exists(deletion_at, :now), " +
			"deletion_username = if_not_exists(deletion_username, :username), deletion_email = if_not_exists(deletion_email, :email), " +
			"deletion_name = if_not_exists(deletion_name, :name), version = if_not_exists(version, :zero) + :one, updated_at = :now"),
		ConditionExpression: aws.String("(attribute_not_exists(deletion) AND (attribute_not_exists(disabled) OR disabled = :false)) OR deletion = :begun"),
		ExpressionAttributeValues: item{
			":true": &types.AttributeValueMemberBOOL{Value: true}, ":false": &types.AttributeValueMemberBOOL{Value: false},
			":begun": text(begun), ":now": number(m.Now().Unix()), ":zero": number(0), ":one": number(1),
			":username": text(c.Username), ":email": text(c.Email), ":name": text(c.Name),
		},
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused) && textOf(refused.Item["deletion"]) == done:
		c.Done = true
		return c, nil
	case errors.As(err, &refused):
		return Case{}, entitlement.ErrDisabled
	case err != nil:
		return Case{}, ErrUnavailable.With(fmt.Errorf("account: begin deletion of %s: %w", c.Sub, err))
	}
	return caseOf(c.Sub, out.Attributes), nil
}

// Find returns a deletion that has begun and is not done, and whether there is one.
func (m Marks) Find(ctx context.Context, sub string) (Case, bool, error) {
	out, err := m.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &m.Table, Key: item{keySub: text(sub)}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Case{}, false, ErrUnavailable.With(fmt.Errorf("account: look for a deletion of %s: %w", sub, err))
	}
	return caseOf(sub, out.Item), textOf(out.Item["deletion"]) == begun, nil
}

// caseOf reads what the row of a deletion that has begun says.
func caseOf(sub string, row item) Case {
	return Case{
		Person: Person{Sub: sub, Username: textOf(row["deletion_username"])},
		Email:  textOf(row["deletion_email"]), Name: textOf(row["deletion_name"]), CustomerID: textOf(row["stripe_customer_id"]),
	}
}

// Finish notes that everything is done, and forgets whom it was done for. What is
// left says when somebody with this sub was deleted, which terms they had accepted
// and under which customer their payments are.
func (m Marks) Finish(ctx context.Context, sub string) error {
	_, err := m.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &m.Table, Key: item{keySub: text(sub)},
		UpdateExpression: aws.String("SET deletion = :done, deleted_at = if_not_exists(deleted_at, :now), version = if_not_exists(version, :zero) + :one, updated_at = :now " +
			"REMOVE deletion_username, deletion_email, deletion_name, usage_period, ask_used, bot_seconds_used"),
		ConditionExpression:       aws.String("deletion = :begun OR deletion = :done"),
		ExpressionAttributeValues: item{":begun": text(begun), ":done": text(done), ":now": number(m.Now().Unix()), ":zero": number(0), ":one": number(1)},
	})
	if err != nil {
		return fmt.Errorf("account: finish deletion of %s: %w", sub, err)
	}
	return nil
}
