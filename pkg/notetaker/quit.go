package notetaker

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// StopAll calls every live bot of a user who leaves out of its meeting, or off a
// meeting to come, and forgets the user's wishes. A bot that somebody else wants
// stays with them. It may be called again and again; one bot that cannot be
// stopped keeps none of the others.
func (d *Dispatcher) StopAll(ctx context.Context, sub string) error {
	pages := dynamodb.NewQueryPaginator(d.DB, &dynamodb.QueryInput{
		TableName: &d.Bots, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(listed),
		KeyConditionExpression: aws.String("cognito_sub = :sub"), ExpressionAttributeValues: Item{":sub": str(sub)},
	})
	var all []error
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return ErrStore.With(fmt.Errorf("notetaker: list bots of %s: %w", sub, err))
		}
		own := make([]owned, len(page.Items))
		for i, it := range page.Items {
			own[i].bot = botOf(it)
		}
		if _, err := d.states(ctx, sub, own, Gate{}); err != nil {
			return err
		}
		for _, o := range own {
			all = append(all, d.quit(ctx, o))
		}
	}
	return errors.Join(all...)
}

// quit stops one bot unless it has ended, and forgets the wish that it came from.
// That a bot is cancelled is our own word, which Recall may not have heard. Wishes
// of long ago have expired.
func (d *Dispatcher) quit(ctx context.Context, o owned) error {
	if o.RoomStart == "" || d.Now().Sub(o.JoinAt) > keepDispatch {
		return nil
	}
	if ended := o.State.Over() && o.State.Code != Cancelled; !ended {
		if err := d.Stop(ctx, o.Sub, o.BotID); err != nil {
			return err
		}
	}
	_, err := d.DB.TransactWriteItems(ctx, transact(types.TransactWriteItem{Delete: &types.Delete{
		TableName: &d.Dispatches, Key: Item{"room_start": str(o.RoomStart), "owner": str(o.Sub)},
	}}))
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: forget the wish of %s for %s: %w", o.Sub, o.BotID, err))
	}
	return nil
}
