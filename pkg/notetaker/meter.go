package notetaker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// ownerIndex is the index that leads from a bot to its users.
const ownerIndex = "bot_id"

// Meter counts bots' time in the users' rows of the table entitlements, beside
// the questions that pkg/ask counts there. With the first use of a month, of
// either kind, all counters begin anew.
type Meter struct {
	Store
	Now func() time.Time
}

// bill counts the time of a bot that is over, once, for each of its users, as long
// as they had it.
func (m Meter) bill(ctx context.Context, k books) error {
	owners, err := m.owners(ctx, k.BotID)
	if err != nil {
		return err
	}
	for try := range patience {
		err := m.book(ctx, k, owners)
		if !errors.Is(err, errMoved) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return ErrStore.With(err)
		}
	}
	return ErrStore.With(errMoved)
}

func (m Meter) book(ctx context.Context, k books, owners []owner) error {
	items := []types.TransactWriteItem{{Update: &types.Update{
		TableName: &m.Chunks, Key: booksKey(k.BotID), ConditionExpression: aws.String("attribute_not_exists(booked)"),
		UpdateExpression: aws.String("SET booked = :yes"), ExpressionAttributeValues: Item{":yes": sure()},
	}}}
	for _, o := range owners {
		row, _, err := m.account(ctx, o.sub)
		if err != nil {
			return err
		}
		items = append(items, types.TransactWriteItem{Update: m.add(o.sub, row, o.had(k))})
	}
	_, err := m.DB.TransactWriteItems(ctx, transact(items...))
	var cancelled *types.TransactionCanceledException
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &cancelled):
		return ErrStore.With(fmt.Errorf("notetaker: book bot %s: %w", k.BotID, err))
	case aws.ToString(cancelled.CancellationReasons[0].Code) == "ConditionalCheckFailed":
		return nil // another delivery was quicker
	}
	return errMoved
}

// add counts seconds in a row that is still in the month it was read in.
func (m Meter) add(sub string, row entitlement.Row, seconds int64) *types.Update {
	period := entitlement.Period(m.Now())
	u := &types.Update{
		TableName: &m.Entitlements, Key: Item{"cognito_sub": str(sub)}, ConditionExpression: aws.String("usage_period = :old"),
		UpdateExpression:          aws.String("SET bot_seconds_used = if_not_exists(bot_seconds_used, :zero) + :n"),
		ExpressionAttributeValues: Item{":old": str(row.Usage.Period), ":n": num(seconds), ":zero": num(0)},
	}
	if row.Usage.Period == period {
		return u
	}
	u.UpdateExpression = aws.String("SET usage_period = :period, bot_seconds_used = :n, ask_used = :zero, ask_input_tokens = :zero, ask_output_tokens = :zero")
	u.ExpressionAttributeValues[":period"] = str(period)
	if row.Usage.Period == "" {
		u.ConditionExpression = aws.String("attribute_not_exists(usage_period)")
		delete(u.ExpressionAttributeValues, ":old")
	}
	return u
}

// owner is a user of a bot.
type owner struct {
	sub  string
	left time.Time // zero for one who stayed
}

// had is how many seconds of a call the user had the bot.
func (o owner) had(k books) int64 {
	end := k.Ended
	if !o.left.IsZero() {
		end = earlier(end, o.left)
	}
	if k.Joined.IsZero() || !end.After(k.Joined) {
		return 0
	}
	return int64(end.Sub(k.Joined).Seconds())
}

// owners lists the users of a bot. Their rows are older than the bot, so the
// index has caught up.
func (m Meter) owners(ctx context.Context, botID string) (all []owner, err error) {
	in := &dynamodb.QueryInput{
		TableName: &m.Bots, IndexName: aws.String(ownerIndex),
		KeyConditionExpression: aws.String("bot_id = :b"), ExpressionAttributeValues: Item{":b": str(botID)},
	}
	for pages := dynamodb.NewQueryPaginator(m.DB, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, ErrStore.With(fmt.Errorf("notetaker: read users of bot %s: %w", botID, err))
		}
		for _, it := range page.Items {
			all = append(all, owner{words(it["cognito_sub"]), moment(it["left_at"])})
		}
	}
	return all, nil
}
