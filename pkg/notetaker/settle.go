package notetaker

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"
)

// settle writes down what came of a claimed call.
func (d *Dispatcher) settle(ctx context.Context, r room) error {
	seen := r.bot.version
	r.bot.version++
	p := d.botItem(r, seen)
	_, err := d.DB.TransactWriteItems(ctx, transact(types.TransactWriteItem{Put: p}))
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: settle %s: %w", r.key, err))
	}
	return nil
}

// confirm writes down that Recall has the bot: in its row, and in the books with
// Recall's id and that it is booked ahead. Neither depends on the other.
func (d *Dispatcher) confirm(ctx context.Context, r room) error {
	var g errgroup.Group
	g.Go(func() error { return d.settle(ctx, r) })
	g.Go(func() error { return d.note(ctx, r.bot) })
	if !r.bot.atOnce {
		g.Go(func() error { return d.mark(ctx, r.bot.id, Scheduled, rank(Scheduled)) })
	}
	return g.Wait()
}

// note enters Recall's id into the books.
func (d *Dispatcher) note(ctx context.Context, b dispatch) error {
	_, err := d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Chunks, Key: booksKey(b.id),
		UpdateExpression: aws.String("SET recall_id = :r"), ExpressionAttributeValues: Item{":r": str(b.recall)},
	})
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: note bot %s: %w", b.id, err))
	}
	return nil
}

// mark writes a code of ours into the books of a bot that has not come as far as
// before. What becomes of one that has set out, Recall's own webhooks tell.
func (d *Dispatcher) mark(ctx context.Context, botID, code string, before int64) error {
	_, err := d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Chunks, Key: booksKey(botID), ConditionExpression: aws.String("attribute_not_exists(#rank) OR #rank < :before"),
		UpdateExpression:          aws.String("SET #code = :code, #rank = :rank"),
		ExpressionAttributeNames:  map[string]string{"#code": "code", "#rank": "rank"},
		ExpressionAttributeValues: Item{":code": str(code), ":rank": num(rank(code)), ":before": num(before)},
	})
	if err != nil && !conditionFailed(err) {
		return ErrStore.With(fmt.Errorf("notetaker: mark bot %s: %w", botID, err))
	}
	return nil
}
