package entitlement

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/fault"
)

// ErrUnavailable reports that the table did not answer.
var ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "Your plan cannot be read right now. Try again in a few seconds.").After(2 * time.Second)

// ErrDisabled reports an account that an operator has locked.
var ErrDisabled = fault.New(fault.Forbidden, "ACCOUNT_DISABLED", "This account is disabled. Write to support@callanalyst.app if you think that is a mistake.")

// Rows reads the table entitlements.
type Rows struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	}
	Table string // its real name
}

// Get returns the user's row as it is now (a consistent read). A user without a
// row is a Row with the sub alone.
func (r Rows) Get(ctx context.Context, sub string) (Row, error) {
	out, err := r.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &r.Table, Key: Item{attrSub: str(sub)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Row{}, ErrUnavailable.With(fmt.Errorf("entitlement: read row of %s: %w", sub, err))
	}
	return RowOf(sub, out.Item), nil
}

// Admit is the gate in front of what a row allows: nil, ErrDisabled, or what
// terms says of the accepted version, TOS_REQUIRED unless it is current.
func (r Row) Admit(terms interface{ Check(accepted string) error }) error {
	if r.Disabled {
		return ErrDisabled
	}
	return terms.Check(r.TOSVersion)
}
