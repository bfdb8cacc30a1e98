package notetaker

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// Gate lets only users through who have accepted the terms and are not locked
// out. It costs nothing: the user's row is read along with others. The zero Gate
// lets everybody through, which is right for what takes a bot away only.
type Gate struct {
	Entitlements string // the table's real name
	Terms        interface{ Check(accepted string) error }
}

// read reads rows by their keys and returns them by table, unless the user is to
// be refused.
func (g Gate) read(ctx context.Context, db Getter, sub string, keys map[string]types.KeysAndAttributes) (map[string][]Item, error) {
	if g.Terms != nil {
		keys[g.Entitlements] = types.KeysAndAttributes{Keys: []Item{{"cognito_sub": str(sub)}}, ConsistentRead: aws.Bool(true)}
	}
	out, err := db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: keys})
	if err == nil && len(out.UnprocessedKeys) > 0 {
		err = errors.New("throttled")
	}
	if err != nil {
		return nil, ErrStore.With(fmt.Errorf("notetaker: read rows of %s: %w", sub, err))
	}
	if g.Terms == nil {
		return out.Responses, nil
	}
	var row Item
	for _, it := range out.Responses[g.Entitlements] {
		row = it
	}
	return out.Responses, entitlement.RowOf(sub, row).Admit(g.Terms)
}
