package ask

import (
	"cmp"
	"context"
	"fmt"
	"math"
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
// somebody else's call is thrown away unread. A caller who has left a call that
// goes on for others gets what was said before, as in the transcript itself: the
// text is then read once more, up to there.
func (t Transcripts) Read(ctx context.Context, sub, botID string, budget int) ([]Line, error) {
	var own share
	var lines []Line
	g, both := errgroup.WithContext(ctx)
	g.Go(func() (err error) { own, err = t.owns(both, sub, botID); return err })
	g.Go(func() (err error) { lines, err = t.lines(both, botID, everything, budget); return err })
	err := g.Wait()
	if err == nil && own.there && own.until > 0 {
		lines, err = t.lines(ctx, botID, own.until-1, budget)
	}
	if err != nil {
		return nil, ErrLedger.With(err)
	}
	if !own.there {
		return nil, ErrNoCall
	}
	slices.SortStableFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Seq, b.Seq))
	})
	return lines, nil
}

// share is a caller's part in a call.
type share struct {
	there bool
	until int64 // the first utterance that is not the caller's any more; 0 for none
}

func (t Transcripts) owns(ctx context.Context, sub, botID string) (share, error) {
	out, err := t.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.Bots, Key: entitlement.Item{"cognito_sub": text(sub), "bot_id": text(botID)},
		ProjectionExpression: aws.String("bot_id, heard_until"), ConsistentRead: aws.Bool(true), // who has just left has left
	})
	if err != nil {
		return share{}, fmt.Errorf("ask: read bot %s of %s: %w", botID, sub, err)
	}
	return share{there: out.Item != nil, until: whole(out.Item["heard_until"])}, nil
}

// everything is a number that no utterance is behind.
const everything = math.MaxInt64

// lines reads chunks from the last one backwards until the budget is full. Rows
// with a seq below 1 keep the call's books and hold no words.
func (t Transcripts) lines(ctx context.Context, botID string, last int64, budget int) ([]Line, error) {
	if last < 1 {
		return nil, nil
	}
	var lines []Line
	in := &dynamodb.QueryInput{
		TableName: &t.Chunks, KeyConditionExpression: aws.String("bot_id = :b AND seq BETWEEN :one AND :last"), ScanIndexForward: aws.Bool(false),
		ExpressionAttributeValues: entitlement.Item{":b": text(botID), ":one": number(1), ":last": number(int(last))},
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
