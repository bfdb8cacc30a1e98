package billing

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// Census reads many rows of entitlements at once.
type Census struct {
	DB interface {
		BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
		Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	}
	Table string // the real name of entitlements
}

// Rows returns the rows of at most 100 users, consistently. Users without a row
// are absent.
func (c Census) Rows(ctx context.Context, subs []string) (map[string]entitlement.Row, error) {
	rows := map[string]entitlement.Row{}
	keys := make([]map[string]types.AttributeValue, 0, len(subs))
	for _, sub := range subs {
		keys = append(keys, subItem(sub))
	}
	left := map[string]types.KeysAndAttributes{c.Table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
	for n := 0; len(left) > 0 && len(keys) > 0; n++ {
		out, err := c.DB.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: left})
		if err != nil {
			return nil, fmt.Errorf("billing: read %d rows: %w", len(subs), err)
		}
		for _, it := range out.Responses[c.Table] {
			row := entitlement.RowOf(textOf(it[attrSub]), it)
			rows[row.Sub] = row
		}
		if left = out.UnprocessedKeys; len(left) > 0 && !pause(ctx, n) {
			return nil, fmt.Errorf("billing: read %d rows: %w", len(subs), context.DeadlineExceeded)
		}
	}
	return rows, nil
}

// Paid returns a page of the rows that hold a paid tier, beginning after the
// given sub, and where the next page begins, "" at the end.
func (c Census) Paid(ctx context.Context, after string) (page []entitlement.Row, next string, err error) {
	in := &dynamodb.ScanInput{
		TableName: &c.Table, Limit: aws.Int32(500),
		FilterExpression:          aws.String("attribute_exists(tier) AND tier <> :free"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":free": text(string(entitlement.Free))},
	}
	if after != "" {
		in.ExclusiveStartKey = subItem(after)
	}
	out, err := c.DB.Scan(ctx, in)
	if err != nil {
		return nil, "", fmt.Errorf("billing: scan paid rows: %w", err)
	}
	for _, it := range out.Items {
		page = append(page, entitlement.RowOf(textOf(it[attrSub]), it))
	}
	return page, textOf(out.LastEvaluatedKey[attrSub]), nil
}
