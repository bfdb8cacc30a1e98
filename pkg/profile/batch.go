package profile

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	batchTries = 4                     // asks for keys that DynamoDB left out
	batchPause = 20 * time.Millisecond // before the second; doubles with each
)

// errUnprocessed reports keys that DynamoDB kept leaving out: it is throttling.
var errUnprocessed = errors.New("keys stay unprocessed")

// batch reads the user's row of each table. It answers a call that was throttled
// in part with success and the keys it left out, which the SDK does not ask for
// again.
func (r Rows) batch(ctx context.Context, sub string) (map[string]item, error) {
	keys := types.KeysAndAttributes{Keys: []item{{keySub: text(sub)}}, ConsistentRead: aws.Bool(true)}
	left := map[string]types.KeysAndAttributes{r.Profiles: keys, r.Entitlements: keys}
	found := map[string]item{}
	for n := range batchTries {
		if err := pause(ctx, n); err != nil {
			return nil, err
		}
		out, err := r.DB.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: left})
		if err != nil {
			return nil, err
		}
		for table, items := range out.Responses {
			if len(items) > 0 {
				found[table] = items[0]
			}
		}
		if left = out.UnprocessedKeys; len(left) == 0 {
			return found, nil
		}
	}
	return nil, errUnprocessed
}

// pause waits before try n, not at all before the first.
func pause(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	t := time.NewTimer(batchPause << (n - 1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
