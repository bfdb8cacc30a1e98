package notetaker

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// part ends the share of users who do not want the room's bot any more, or never
// did, while it stays with others: what it hears from now on is not theirs. It is
// done once for each bot, and by whoever looks: a user who stops just when another
// begins to want the bot cannot know that it stays.
func (d *Dispatcher) part(ctx context.Context, r room) error {
	left := r.leavers()
	if len(left) == 0 {
		return nil
	}
	k, err := d.books(ctx, r.bot.id)
	if err != nil {
		return err
	}
	for _, w := range left {
		if err := d.cut(ctx, r, w, k.Last+1); err != nil {
			return err
		}
	}
	return nil
}

// leavers are the users who have not been parted from the room's bot yet.
func (r room) leavers() (out []wish) {
	if r.bot.over() || r.bot.state == cancelling || !r.wanted() {
		return nil
	}
	for _, w := range r.wishes {
		if !w.holds() && w.parted != r.bot.id {
			out = append(out, w)
		}
	}
	return out
}

// cut ends a user's share before an utterance, unless the user wants the bot
// again by now. A user who never had the bot is noted only.
func (d *Dispatcher) cut(ctx context.Context, r room, w wish, until int64) error {
	noted := types.TransactWriteItem{Update: &types.Update{
		TableName: &d.Dispatches, Key: Item{"room_start": str(r.key), "owner": str(w.sub)},
		ConditionExpression: aws.String("stopped = :yes OR wanted = :no OR attribute_not_exists(wanted)"), UpdateExpression: aws.String("SET parted = :bot"),
		ExpressionAttributeValues: Item{":yes": sure(), ":no": no(), ":bot": str(r.bot.id)},
	}}
	_, err := d.DB.TransactWriteItems(ctx, transact(types.TransactWriteItem{Update: d.ending(w.sub, r.bot.id, "", until)}, noted))
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) && aws.ToString(cancelled.CancellationReasons[0].Code) == "ConditionalCheckFailed" {
		_, err = d.DB.TransactWriteItems(ctx, transact(noted))
	}
	if errors.As(err, &cancelled) {
		return nil // it is not as it was: whoever changed it looks again
	}
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: part %s from %s: %w", w.sub, r.bot.id, err))
	}
	return nil
}

// ending ends a user's share in a bot now and before an utterance; the first
// ending holds. set is what else there is to write.
func (d *Dispatcher) ending(sub, botID, set string, until int64) *types.Update {
	u := &types.Update{
		TableName: &d.Bots, Key: Item{"cognito_sub": str(sub), "bot_id": str(botID)}, ConditionExpression: aws.String("attribute_exists(bot_id)"),
		UpdateExpression:          aws.String("SET " + set + "left_at = if_not_exists(left_at, :now), heard_until = if_not_exists(heard_until, :until)"),
		ExpressionAttributeValues: Item{":now": num(d.Now().Unix()), ":until": num(until)},
	}
	if set != "" {
		u.ExpressionAttributeValues[":yes"] = sure()
	}
	return u
}
