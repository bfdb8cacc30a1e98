package ask

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// Settle gives the place back and books what was used. With refund the question
// is not counted: nothing was produced. Settling twice, or after the place has
// run out and somebody else holds it, changes nothing.
func (l *Ledger) Settle(ctx context.Context, r Reservation, used Usage, refund bool) error {
	err := l.settle(ctx, r, used, refund)
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) && holds(failed.Item, r) {
		// The month has changed since: its counters are not this answer's.
		err = l.release(ctx, r)
	}
	if errors.As(err, &failed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask: settle %s of %s: %w", r.ID, r.Sub, err)
	}
	return nil
}

func holds(item entitlement.Item, r Reservation) bool {
	held, ok := item[slotName(r.slot)].(*types.AttributeValueMemberS)
	return ok && strings.HasSuffix(held.Value, "#"+r.ID)
}

func (l *Ledger) settle(ctx context.Context, r Reservation, used Usage, refund bool) error {
	set := "SET ask_input_tokens = if_not_exists(ask_input_tokens, :zero) + :in, ask_output_tokens = if_not_exists(ask_output_tokens, :zero) + :out"
	values := entitlement.Item{":id": text("#" + r.ID), ":period": text(r.Period), ":zero": number(0), ":in": number(used.Input), ":out": number(used.Output)}
	if refund {
		set += ", ask_used = ask_used - :one"
		values[":one"] = number(1)
	}
	return l.write(ctx, r, set+" REMOVE #slot", "contains(#slot, :id) AND usage_period = :period", values)
}

func (l *Ledger) release(ctx context.Context, r Reservation) error {
	return l.write(ctx, r, "REMOVE #slot", "contains(#slot, :id)", entitlement.Item{":id": text("#" + r.ID)})
}

func (l *Ledger) write(ctx context.Context, r Reservation, update, condition string, values entitlement.Item) error {
	_, err := l.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &l.Table, Key: entitlement.Item{"cognito_sub": text(r.Sub)},
		UpdateExpression: aws.String(update), ConditionExpression: aws.String(condition),
		ExpressionAttributeNames: map[string]string{"#slot": slotName(r.slot)}, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return err
}
