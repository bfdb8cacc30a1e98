package dynamotest

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/fleet"
)

// NewClient returns a client of the engine at url.
func NewClient(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-2",
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

// CreateTables makes every table of the manifest, each name behind prefix, and
// leaves alone those that are there already.
func CreateTables(ctx context.Context, db *dynamodb.Client, prefix string) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range fleet.Tables() {
		g.Go(func() error { return create(ctx, db, prefix, t) })
	}
	return g.Wait()
}

func create(ctx context.Context, db *dynamodb.Client, prefix string, t fleet.Table) error {
	_, err := db.CreateTable(ctx, definition(prefix, t))
	var there *types.ResourceInUseException
	if errors.As(err, &there) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dynamotest: create table %s: %w", prefix+t.Name, err)
	}
	if t.TTL == "" {
		return nil
	}
	_, err = db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               aws.String(prefix + t.Name),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(t.TTL), Enabled: aws.Bool(true)},
	})
	if err != nil {
		return fmt.Errorf("dynamotest: set expiry of table %s: %w", prefix+t.Name, err)
	}
	return nil
}

// definition turns a row of the manifest into DynamoDB's own words.
func definition(prefix string, t fleet.Table) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:   aws.String(prefix + t.Name),
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   schema(t.Hash, t.Range),
	}
	attributes := map[string]types.ScalarAttributeType{}
	note(attributes, t.Hash, t.Range)
	for _, i := range t.Indexes {
		note(attributes, i.Hash, i.Range)
		projection := types.ProjectionTypeAll
		if i.KeysOnly {
			projection = types.ProjectionTypeKeysOnly
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(i.Name), KeySchema: schema(i.Hash, i.Range),
			Projection: &types.Projection{ProjectionType: projection},
		})
	}
	for name, kind := range attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: kind})
	}
	return in
}

func schema(hash, sort fleet.Key) []types.KeySchemaElement {
	ks := []types.KeySchemaElement{{AttributeName: aws.String(hash.Name), KeyType: types.KeyTypeHash}}
	if sort.Name != "" {
		ks = append(ks, types.KeySchemaElement{AttributeName: aws.String(sort.Name), KeyType: types.KeyTypeRange})
	}
	return ks
}

func note(attributes map[string]types.ScalarAttributeType, keys ...fleet.Key) {
	for _, k := range keys {
		switch {
		case k.Name == "":
		case k.Number:
			attributes[k.Name] = types.ScalarAttributeTypeN
		default:
			attributes[k.Name] = types.ScalarAttributeTypeS
		}
	}
}
