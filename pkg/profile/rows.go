package profile

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

// Rows keeps profiles in DynamoDB and reads them together with the entitlements.
// It is safe for concurrent use.
type Rows struct {
	DB interface {
		BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	}
	Profiles     string // the real name of profiles
	Entitlements string // the real name of entitlements; Create does not need it
	Now          func() time.Time
}

// Create stores the profile unless the user has one already: a row that exists
// was perhaps edited, and is never touched. It returns what is stored then, and
// whether that is new. Any number of runs at once leave one row.
func (r Rows) Create(ctx context.Context, p Profile) (stored Profile, created bool, err error) {
	_, err = r.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &r.Profiles,
		Item:                                newItem(p, r.Now()),
		ConditionExpression:                 aws.String("attribute_not_exists(" + keySub + ")"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var there *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &there):
		stored, err = fromItem(there.Item)
		return stored, false, err
	case err != nil:
		return Profile{}, false, unavailable("create", p.Sub, err)
	}
	p.Version, p.Source = 1, FromDynamoDB
	return p, true, nil
}

// Account reads the user's profile and entitlement in one consistent round trip.
// A user without rows is an Account with the sub alone.
func (r Rows) Account(ctx context.Context, sub string) (Account, error) {
	found, err := r.batch(ctx, sub)
	if err != nil {
		return Account{}, unavailable("read", sub, err)
	}
	p, err := fromItem(found[r.Profiles])
	if err != nil {
		return Account{}, err
	}
	p.Sub = sub
	return Account{Profile: p, Entitlement: entitlement.RowOf(sub, found[r.Entitlements])}, nil
}

// unavailable wraps DynamoDB's failure as one that a retry may mend.
func unavailable(doing, sub string, err error) error {
	return ErrUnavailable.With(fmt.Errorf("profile: %s row of %s: %w", doing, sub, err))
}
