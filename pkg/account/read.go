package account

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// readDB are the calls that read a person's rows.
type readDB interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// one returns the row of a key, nil if there is none.
func one(ctx context.Context, db readDB, table, key, value string) (item, error) {
	out, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: item{key: text(value)}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, ErrUnavailable.With(fmt.Errorf("account: read %s: %w", table, err))
	}
	return out.Item, nil
}

// all yields the rows of one hash key, page by page.
func all(ctx context.Context, db readDB, table, key, value string) iter.Seq2[item, error] {
	return query(ctx, db, &dynamodb.QueryInput{
		TableName: &table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#key = :value"),
		ExpressionAttributeNames: map[string]string{"#key": key}, ExpressionAttributeValues: item{":value": text(value)},
	})
}

func query(ctx context.Context, db readDB, in *dynamodb.QueryInput) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for pages := dynamodb.NewQueryPaginator(db, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, ErrUnavailable.With(fmt.Errorf("account: read %s: %w", aws.ToString(in.TableName), err)))
				return
			}
			for _, it := range page.Items {
				if !yield(it, nil) {
					return
				}
			}
		}
	}
}
