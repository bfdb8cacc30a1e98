package billing

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Owners finds the user behind a customer when the event did not say.
type Owners struct {
	DB interface {
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	}
	Table  string // the real name of entitlements
	Stripe *Stripe
}

// Owner returns the sub of the customer's user, "" when nobody here is. It asks
// the customer's own metadata first: the index lags behind the table, and a
// deleted customer has no metadata any more.
func (o Owners) Owner(ctx context.Context, customerID string) (string, error) {
	var c customer
	err := o.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/customers/" + customerID}, &c)
	if err != nil && !isMissing(err) {
		return "", fmt.Errorf("billing: ask Stripe for %s: %w", customerID, err)
	}
	if sub := c.Metadata[subKey]; sub != "" {
		return sub, nil
	}
	out, err := o.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &o.Table, IndexName: aws.String(attrCustomer), Limit: aws.Int32(2),
		KeyConditionExpression:    aws.String("stripe_customer_id = :id"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":id": text(customerID)},
	})
	if err != nil {
		return "", fmt.Errorf("billing: look up the user of %s: %w", customerID, err)
	}
	if len(out.Items) != 1 {
		return "", nil
	}
	return textOf(out.Items[0][attrSub]), nil
}
