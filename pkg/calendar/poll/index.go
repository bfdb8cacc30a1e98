package poll

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/calendar"
)

// entry is a connection in the index.
type entry struct {
	sub string
	due time.Time
}

// pages is how many connections of a shard are read at once.
const pages = 1000

// due reads the connections of a shard that are due by end, the longest overdue
// first, page by page. The index lags: whether one is due still, its claim tells.
func (p *Poller) due(ctx context.Context, shard string, end time.Time) iter.Seq2[[]entry, error] {
	return func(yield func([]entry, error) bool) {
		in := &dynamodb.QueryInput{
			TableName: &p.Claims.Table, IndexName: aws.String("due"), Limit: aws.Int32(pages),
			KeyConditionExpression:    aws.String("#shard = :shard AND next_poll_at <= :end"),
			ExpressionAttributeNames:  map[string]string{"#shard": "shard"}, // a word of DynamoDB's own
			ExpressionAttributeValues: calendar.Item{":shard": &types.AttributeValueMemberS{Value: shard}, ":end": num(end.Unix())},
		}
		for it := dynamodb.NewQueryPaginator(p.DB, in); it.HasMorePages(); {
			out, err := it.NextPage(ctx)
			if err != nil {
				yield(nil, calendar.ErrStore.With(fmt.Errorf("poll: read shard %s: %w", shard, err)))
				return
			}
			if !yield(entries(out.Items), nil) {
				return
			}
		}
	}
}

func entries(items []calendar.Item) []entry {
	out := make([]entry, 0, len(items))
	for _, it := range items {
		sub, _ := it["cognito_sub"].(*types.AttributeValueMemberS)
		due, _ := it["next_poll_at"].(*types.AttributeValueMemberN)
		if sub == nil || due == nil {
			continue
		}
		seconds, err := strconv.ParseInt(due.Value, 10, 64)
		if err != nil {
			continue
		}
		out = append(out, entry{sub: sub.Value, due: time.Unix(seconds, 0)})
	}
	return out
}

// count counts all connections now and then: how many share the quota. A count
// that fails leaves the one before.
func (p *Poller) count(ctx context.Context, now time.Time) {
	if !p.counted.IsZero() && now.Sub(p.counted) < census {
		return
	}
	var n atomic.Int64
	var g errgroup.Group
	for _, shard := range calendar.Shards() {
		g.Go(func() error { return p.countShard(ctx, shard, &n) })
	}
	if err := g.Wait(); err != nil {
		p.Log.WarnContext(ctx, "connections not counted", "code", "CALENDARS_NOT_COUNTED", "error", err)
		return
	}
	p.n, p.counted = int(n.Load()), now
}

func (p *Poller) countShard(ctx context.Context, shard string, n *atomic.Int64) error {
	in := &dynamodb.QueryInput{
		TableName: &p.Claims.Table, IndexName: aws.String("due"), Select: types.SelectCount,
		KeyConditionExpression:    aws.String("#shard = :shard"),
		ExpressionAttributeNames:  map[string]string{"#shard": "shard"},
		ExpressionAttributeValues: calendar.Item{":shard": &types.AttributeValueMemberS{Value: shard}},
	}
	for it := dynamodb.NewQueryPaginator(p.DB, in); it.HasMorePages(); {
		out, err := it.NextPage(ctx)
		if err != nil {
			return calendar.ErrStore.With(fmt.Errorf("poll: count shard %s: %w", shard, err))
		}
		n.Add(int64(out.Count))
	}
	return nil
}
