package consent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/consent"
)

const (
	sub      = "0e1f2a3b-4c5d-4e6f-8a7b-9c0d1e2f3a4b"
	username = "name-1"
	waiting  = "PENDING#" + username
)

// world is a Store on a real engine, with a clock that the test moves.
type world struct {
	consent.Store
	db *dynamotest.DB
	at atomic.Int64
}

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dynamotest.New(t)}
	w.Store = consent.Store{DB: w.db.Client, Table: w.db.Table("consents"), Entitlements: w.db.Table("entitlements"), Now: w.now}
	return w
}

func (w *world) now() time.Time          { return noon().Add(time.Duration(w.at.Load())) }
func (w *world) forward(d time.Duration) { w.at.Add(int64(d)) }

// row is an item with its attributes as plain values.
type row = map[string]any

// rows returns the items of one hash key in order of their range keys, without
// the hash key.
func (w *world) rows(t *testing.T, table, key string) []row {
	t.Helper()
	out, err := w.db.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(w.db.Table(table)), KeyConditionExpression: aws.String("cognito_sub = :key"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: map[string]types.AttributeValue{":key": &types.AttributeValueMemberS{Value: key}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, it := range out.Items {
		r := row{}
		for name, v := range it {
			r[name] = plain(t, v)
		}
		delete(r, "cognito_sub")
		rows = append(rows, r)
	}
	return rows
}

func plain(t *testing.T, v types.AttributeValue) any {
	t.Helper()
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return "number " + v.Value
	case *types.AttributeValueMemberBOOL:
		return v.Value
	}
	t.Fatalf("attribute of type %T", v)
	return nil
}

// put writes a row of text attributes into entitlements.
func (w *world) put(t *testing.T, attributes map[string]string) {
	t.Helper()
	it := map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: sub}}
	for name, v := range attributes {
		it[name] = &types.AttributeValueMemberS{Value: v}
	}
	if _, err := w.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &w.Entitlements, Item: it}); err != nil {
		t.Fatal(err)
	}
}

// hold has the person accept a version, and all cookies but marketing.
func (w *world) hold(t *testing.T, version string) {
	t.Helper()
	a := consent.Acceptance{Version: version, ClientID: "web", Source: consent.SignUp, Cookies: &consent.Cookies{Analytics: true}}
	if err := w.Hold(t.Context(), username, a); err != nil {
		t.Fatal(err)
	}
}

// troubled is a client that fails calls of one operation after some went well.
type troubled struct {
	*dynamodb.Client
	op    string
	after int64
	calls *atomic.Int64
}

var errThrottled = errors.New("throttled")

func (b troubled) trouble(op string) error {
	if b.op == op && b.calls.Add(1) > b.after {
		return errThrottled
	}
	return nil
}

func (b troubled) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if err := b.trouble("PutItem"); err != nil {
		return nil, err
	}
	return b.Client.PutItem(ctx, in, o...)
}

func (b troubled) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if err := b.trouble("GetItem"); err != nil {
		return nil, err
	}
	return b.Client.GetItem(ctx, in, o...)
}

func (b troubled) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if err := b.trouble("UpdateItem"); err != nil {
		return nil, err
	}
	return b.Client.UpdateItem(ctx, in, o...)
}

func (b troubled) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	if err := b.trouble("DeleteItem"); err != nil {
		return nil, err
	}
	return b.Client.DeleteItem(ctx, in, o...)
}
