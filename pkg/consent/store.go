package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
)

// waiting is how long an acceptance waits for its confirmation. DynamoDB removes
// it some time afterwards; until then it is ignored.
const waiting = 30 * 24 * time.Hour

// ErrNoUser reports an acceptance of nobody: a call without a user name or sub.
var ErrNoUser = errors.New("consent: no user")

// Store keeps acceptances in the table consents, and the version that a user
// accepted last in the user's row of the table entitlements. It is safe for
// concurrent use, and every method may run several times for one user, at once
// or one after the other.
type Store struct {
	DB interface {
		waitingDB
		recordDB
	}
	Table        string // the real name of consents
	Entitlements string // the real name of entitlements; Hold does without
	Now          func() time.Time
}

// waitingDB is what acceptances need that wait for a confirmation.
type waitingDB interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// recordDB is what records of users need.
type recordDB interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// Hold keeps a under the user name for 30 days, with the server's time. Of
// several acceptances of one version the first is kept, a later version
// replaces an earlier one.
func (s Store) Hold(ctx context.Context, username string, a Acceptance) error {
	if username == "" {
		return ErrNoUser
	}
	a.At = s.Now()
	err := s.putUnless(ctx, waitingItem(username, a),
		"attribute_not_exists(cognito_sub) OR tos_version < :version OR #ttl <= :now",
		map[string]string{"#ttl": attrTTL}, item{":version": str(a.Version), ":now": seconds(a.At)})
	if err != nil {
		return ErrUnavailable.With(fmt.Errorf("consent: hold acceptance: %w", err))
	}
	return nil
}

// Promote turns the acceptance that waits under the user name into the records
// of sub, with the time at which it was given, and returns its version; "" if
// none waits, as under no name at all. The record comes first and the waiting acceptance goes last, so a
// run that breaks off anywhere is made good by the next.
func (s Store) Promote(ctx context.Context, sub, username string) (version string, err error) {
	switch {
	case sub == "":
		return "", ErrNoUser
	case username == "":
		return "", nil
	}
	a, ok, err := s.held(ctx, username)
	if err != nil {
		return "", ErrUnavailable.With(fmt.Errorf("consent: read what waits for %s: %w", sub, err))
	}
	if !ok {
		return "", nil
	}
	version, err = s.Record(ctx, sub, a)
	if err != nil {
		return "", err
	}
	if err := s.drop(ctx, username); err != nil {
		return "", ErrUnavailable.With(fmt.Errorf("consent: drop what waited for %s: %w", sub, err))
	}
	return version, nil
}

// Record writes a into the evidence of sub, and its version into the user's row
// of entitlements, which it creates if there is none. What is on record already
// stays as it is. It returns the version that is in the row then: a's, or a
// later one; "" for an acceptance of cookies alone, which leaves the row as it is.
func (s Store) Record(ctx context.Context, sub string, a Acceptance) (version string, err error) {
	g, gctx := errgroup.WithContext(ctx)
	for _, record := range records(sub, a) {
		g.Go(func() error { return s.putUnless(gctx, record, "attribute_not_exists(cognito_sub)", nil, nil) })
	}
	if err := g.Wait(); err != nil {
		return "", ErrUnavailable.With(fmt.Errorf("consent: record acceptance of %s: %w", sub, err))
	}
	if a.Version == "" {
		return "", nil
	}
	version, err = s.open(ctx, sub, a.Version)
	if err != nil {
		return "", ErrUnavailable.With(fmt.Errorf("consent: open the gate for %s: %w", sub, err))
	}
	return version, nil
}

// putUnless puts the item into consents if the condition holds. If it does not,
// what is there is as good, and that is no error.
func (s Store) putUnless(ctx context.Context, it item, condition string, names map[string]string, values item) error {
	_, err := s.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.Table, Item: it, ConditionExpression: &condition,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	var there *types.ConditionalCheckFailedException
	if errors.As(err, &there) {
		return nil
	}
	return err
}

// held returns the acceptance that waits under the user name, if one does.
func (s Store) held(ctx context.Context, username string) (a Acceptance, ok bool, err error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.Table, Key: waitingKey(username), ConsistentRead: aws.Bool(true)})
	if err != nil || out.Item == nil {
		return a, false, err
	}
	if !expiry(out.Item).After(s.Now()) {
		return a, false, nil
	}
	a, err = acceptanceOf(out.Item)
	return a, err == nil, err
}

func (s Store) drop(ctx context.Context, username string) error {
	_, err := s.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.Table, Key: waitingKey(username)})
	return err
}

// open writes the version into the user's row unless a later one is there, and
// returns the one that is there then. It touches nothing else: a row that there
// was not begins as a free user's, and billing counts its own changes.
func (s Store) open(ctx context.Context, sub, version string) (string, error) {
	_, err := s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Entitlements, Key: item{attrSub: str(sub)},
		UpdateExpression:                    aws.String("SET tos_version = :version, tier = if_not_exists(tier, :free)"),
		ConditionExpression:                 aws.String("attribute_not_exists(tos_version) OR tos_version < :version"),
		ExpressionAttributeValues:           item{":version": str(version), ":free": str(string(entitlement.Free))},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var there *types.ConditionalCheckFailedException
	if errors.As(err, &there) {
		return text(there.Item[attrVersion]), nil
	}
	return version, err
}
