package ask

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// ErrNoCall reports a call that is not there, or is somebody else's.
var ErrNoCall = fault.New(fault.NotFound, "NOT_FOUND", "There is no such call among yours.")

// Transcripts reads the callers' own calls.
type Transcripts struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	}
	Bots, Chunks string // the tables' real names
}

// Read returns the newest utterances of the caller's call, oldest first, as far
// as budget bytes go. Ownership and text are read side by side; the text of
// somebody else's call is thrown away unread.
func (t Transcripts) Read(ctx context.Context, sub, botID string, budget int) ([]Line, error) {
	var owned bool
	var lines []Line
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { owned, err = t.owns(ctx, sub, botID); return err })
	g.Go(func() (err error) { lines, err = t.lines(ctx, botID, budget); return err })
	if err := g.Wait(); err != nil {
		return nil, ErrLedger.With(err)
	}
	if !owned {
		return nil, ErrNoCall
	}
	slices.SortStableFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Seq, b.Seq))
	})
	return lines, nil
}

func (t Transcripts) owns(ctx context.Context, sub, botID string) (bool, error) {
	out, err := t.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.Bots, Key: entitlement.Item{"cognito_sub": text(sub), "bot_id": text(botID)},
		ProjectionExpression: aws.String("bot_id"),
	})
	if err != nil {
		return false, fmt.Errorf("ask: read bot %s of %s: %w", botID, sub, err)
	}
	return out.Item != nil, nil
}

// lines reads chunks from the newest backwards until the budget is full. Rows
// with a seq below 1 keep the call's books and hold no words.
func (t Transcripts) lines(ctx context.Context, botID string, budget int) ([]Line, error) {
	var lines []Line
	in := &dynamodb.QueryInput{
		TableName: &t.Chunks, KeyConditionExpression: aws.String("bot_id = :b AND seq > :zero"), ScanIndexForward: aws.Bool(false),
		ExpressionAttributeValues: entitlement.Item{":b": text(botID), ":zero": number(0)},
	}
	for pages := dynamodb.NewQueryPaginator(t.DB, in); budget > 0 && pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("ask: read chunks of %s: %w", botID, err)
		}
		for _, item := range page.Items {
			l := lineOf(item)
			budget -= len(l.Text)
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func lineOf(item entitlement.Item) Line {
	return Line{Seq: whole(item["seq"]), Start: whole(item["start_ms"]), Speaker: words(item["speaker"]), Text: words(item["text"])}
}

func words(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func whole(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, _ := strconv.ParseInt(n.Value, 10, 64)
	return i
}
