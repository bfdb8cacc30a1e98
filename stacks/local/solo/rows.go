package solo

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/dynamotest"
)

// addRows creates the fleet's tables and puts the setup's rows into them.
func (w *World) addRows(ctx context.Context, rows map[string][]map[string]any) error {
	db := dynamotest.NewClient(w.engine.URL)
	if err := dynamotest.CreateTables(ctx, db, ""); err != nil {
		return err
	}
	for table, items := range rows {
		for _, item := range items {
			row := Row(item)
			if err := w.seal(ctx, row); err != nil {
				return err
			}
			if _, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: row}); err != nil {
				return fmt.Errorf("put a row into %s: %w", table, err)
			}
		}
	}
	return nil
}

// Row turns plain JSON values into DynamoDB's.
func Row(item map[string]any) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(item))
	for name, v := range item {
		out[name] = typed(v)
	}
	return out
}

func typed(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		return &types.AttributeValueMemberS{Value: v}
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case map[string]any:
		return &types.AttributeValueMemberM{Value: Row(v)}
	case []any:
		list := make([]types.AttributeValue, len(v))
		for i := range v {
			list[i] = typed(v[i])
		}
		return &types.AttributeValueMemberL{Value: list}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

// plainRows turns DynamoDB's typed values into plain ones: {"S": "x"} into "x".
func plainRows(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if inner, ok := attributeValue(v); ok {
			return plainRows(inner)
		}
		for k := range v {
			v[k] = plainRows(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plainRows(v[i])
		}
	}
	return v
}

// attributeValue returns what a typed value holds.
func attributeValue(v map[string]any) (any, bool) {
	if len(v) != 1 {
		return nil, false
	}
	for kind, inner := range v {
		switch kind {
		case "N":
			s, ok := inner.(string)
			return json.Number(s), ok
		case "S", "B", "BOOL", "M", "L", "SS", "NS", "BS":
			return inner, true
		case "NULL":
			return nil, true
		}
	}
	return nil, false
}
