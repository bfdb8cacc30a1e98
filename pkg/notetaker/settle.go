package notetaker

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
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

// note enters Recall's id into the books, and that the bot is booked ahead.
func (d *Dispatcher) note(ctx context.Context, r room) error {
	if !r.bot.atOnce {
		if err := d.mark(ctx, r.bot.id, Scheduled); err != nil {
			return err
		}
	}
	_, err := d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Chunks, Key: booksKey(r.bot.id),
		UpdateExpression: aws.String("SET recall_id = :r"), ExpressionAttributeValues: Item{":r": str(r.bot.recall)},
	})
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: note bot %s: %w", r.bot.id, err))
	}
	return nil
}

// mark writes a code of ours into the books, unless the bot is further already.
func (d *Dispatcher) mark(ctx context.Context, botID, code string) error {
	_, err := d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Chunks, Key: booksKey(botID), ConditionExpression: aws.String("attribute_not_exists(#rank) OR #rank < :rank"),
		UpdateExpression:          aws.String("SET #code = :code, #rank = :rank"),
		ExpressionAttributeNames:  map[string]string{"#code": "code", "#rank": "rank"},
		ExpressionAttributeValues: Item{":code": str(code), ":rank": num(rank(code))},
	})
	if err != nil && !conditionFailed(err) {
		return ErrStore.With(fmt.Errorf("notetaker: mark bot %s: %w", botID, err))
	}
	return nil
}
