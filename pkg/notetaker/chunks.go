package notetaker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
)

// Retention is how long a transcript is kept.
const Retention = 180 * 24 * time.Hour

// ErrStore reports that the transcript could not be written or read right now.
var ErrStore = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "The transcript cannot be reached right now. Try again in a few seconds.").After(2 * time.Second)

// Chunks is the table of transcripts. A call's rows share its BotID: the books
// under 0, the utterances from 1 upwards, and below 0 a marker for each
// utterance that was taken.
//
// The number of an utterance is given in the transaction that stores it, and
// only to the next one after the last: n+1 is never there before n. A reader who
// asks for what is behind n can therefore not miss anything, whatever comes
// late, twice or at once. Chunks is safe for concurrent use.
type Chunks struct {
	DB interface {
		Transactor
		Updater
		Querier
	}
	Table string
	Now   func() time.Time

	mu   sync.Mutex
	last map[string]int64 // a guess, which saves the read before the write
}

// patience is how many times a write is tried against others before the sender
// is asked to come again. Together they last a few seconds at most.
const patience = 64

// Append stores utterances in this order, as far as they are not there yet, and
// says how many were new.
func (c *Chunks) Append(ctx context.Context, botID string, said ...Utterance) (fresh int, err error) {
	for _, u := range said {
		ok, err := c.one(ctx, botID, u)
		if err != nil {
			return fresh, ErrStore.With(fmt.Errorf("notetaker: store chunk of %s: %w", botID, err))
		}
		if ok {
			fresh++
		}
	}
	return fresh, nil
}

// one stores an utterance unless it is there.
func (c *Chunks) one(ctx context.Context, botID string, u Utterance) (bool, error) {
	after := c.guess(botID)
	for try := range patience {
		n := int64(len(u.parts()))
		_, err := c.DB.TransactWriteItems(ctx, c.input(botID, u, after))
		if err == nil {
			c.learn(botID, after+n)
			return true, nil
		}
		var cancelled *types.TransactionCanceledException
		if !errors.As(err, &cancelled) {
			return false, err
		}
		o := outcomeOf(cancelled)
		if o.there {
			return false, nil
		}
		if o.moved {
			after = o.last
			c.learn(botID, after)
		}
		if err := pause(ctx, try); err != nil {
			return false, err
		}
	}
	return false, errors.New("others write all the time")
}

// input is the transaction: the marker first, whose refusal means a duplicate.
func (c *Chunks) input(botID string, u Utterance, after int64) *dynamodb.TransactWriteItemsInput {
	ttl := num(c.Now().Add(Retention).Unix())
	parts := u.parts()
	absent := aws.String("attribute_not_exists(bot_id)")
	items := []types.TransactWriteItem{
		{Put: &types.Put{TableName: &c.Table, ConditionExpression: absent, Item: Item{
			"bot_id": str(botID), "seq": &types.AttributeValueMemberN{Value: u.marker()}, "ttl": ttl,
		}}},
		{Update: c.step(botID, after, int64(len(parts)))},
	}
	for i, p := range parts {
		items = append(items, types.TransactWriteItem{Put: &types.Put{TableName: &c.Table, ConditionExpression: absent, Item: Item{
			"bot_id": str(botID), "seq": num(after + 1 + int64(i)), "speaker": str(p.Speaker), "text": str(p.Text),
			"start_ms": num(p.StartMS), "end_ms": num(p.EndMS), "participant": num(p.Participant), "ttl": ttl,
		}}})
	}
	return &dynamodb.TransactWriteItemsInput{TransactItems: items}
}

// step moves the books' last number on, if it is still the expected one.
func (c *Chunks) step(botID string, after, n int64) *types.Update {
	condition := "#last = :after"
	if after == 0 {
		condition = "attribute_not_exists(#last) OR #last = :after"
	}
	return &types.Update{
		TableName: &c.Table, Key: booksKey(botID), ConditionExpression: &condition,
		UpdateExpression:         aws.String("SET #last = :last, #ttl = :ttl"),
		ExpressionAttributeNames: map[string]string{"#last": "last", "#ttl": "ttl"},
		ExpressionAttributeValues: Item{
			":after": num(after), ":last": num(after + n), ":ttl": num(c.Now().Add(Retention).Unix()),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func booksKey(botID string) Item { return Item{"bot_id": str(botID), "seq": num(0)} }

// outcome is why a transaction did not happen.
type outcome struct {
	there bool  // the utterance is stored already
	moved bool  // others stored up to last
	last  int64 // known if moved
}

func outcomeOf(e *types.TransactionCanceledException) (o outcome) {
	for i, r := range e.CancellationReasons {
		if aws.ToString(r.Code) != "ConditionalCheckFailed" {
			continue
		}
		switch i {
		case 0:
			o.there = true
		case 1:
			o.moved, o.last = true, whole(r.Item["last"])
		}
	}
	return o
}

func (c *Chunks) guess(botID string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[botID]
}

// maxGuesses bounds what a long-lived process remembers.
const maxGuesses = 1000

func (c *Chunks) learn(botID string, last int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || len(c.last) > maxGuesses {
		c.last = map[string]int64{}
	}
	c.last[botID] = max(last, c.last[botID])
}

// pause waits a moment before the next try, longer each time and a different
// time for each, so that those who met do not meet again. The first retry knows
// the right number and does not wait.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return nil
	}
	t := time.NewTimer(rand.N(min(time.Millisecond<<min(try, 10), 100*time.Millisecond))) //nolint:gosec // spreads retries, guards nothing
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// since returns a page of utterances behind a number, and whether there is more.
func (c *Chunks) since(ctx context.Context, botID string, after int64, limit int32) ([]Utterance, bool, error) {
	out, err := c.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &c.Table, ConsistentRead: aws.Bool(true), Limit: &limit,
		KeyConditionExpression:    aws.String("bot_id = :b AND seq > :n"),
		ExpressionAttributeValues: Item{":b": str(botID), ":n": &types.AttributeValueMemberN{Value: strconv.FormatInt(max(after, 0), 10)}},
	})
	if err != nil {
		return nil, false, ErrStore.With(fmt.Errorf("notetaker: read chunks of %s: %w", botID, err))
	}
	page := make([]Utterance, 0, len(out.Items))
	for _, it := range out.Items {
		page = append(page, utteranceOf(it))
	}
	return page, out.LastEvaluatedKey != nil, nil
}

func utteranceOf(it Item) Utterance {
	return Utterance{
		Seq: whole(it["seq"]), Speaker: words(it["speaker"]), Text: words(it["text"]),
		StartMS: whole(it["start_ms"]), EndMS: whole(it["end_ms"]), Participant: whole(it["participant"]),
	}
}
