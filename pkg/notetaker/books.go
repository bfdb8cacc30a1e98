package notetaker

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// move enters where a bot is, unless the books know of something later. It
// returns the books as they are then.
func (c *Chunks) move(ctx context.Context, botID string, to change, recallID string) (k books, moved bool, err error) {
	at := to.UpdatedAt
	if at.IsZero() {
		at = c.Now()
	}
	set := "SET #code = :code, sub_code = :sub, #rank = :rank, code_at_ms = :at, recall_id = if_not_exists(recall_id, :recall), #ttl = :ttl"
	switch r := rank(to.Code); {
	case r >= rank("joining_call") && r < rank("call_ended"):
		set += ", joined_at = if_not_exists(joined_at, :seconds)"
	case r >= rank("call_ended"):
		set += ", ended_at = if_not_exists(ended_at, :seconds)"
	}
	values := Item{
		":code": str(to.Code), ":sub": str(to.SubCode), ":rank": num(rank(to.Code)), ":at": num(at.UnixMilli()), ":recall": str(recallID),
		":ttl": num(c.Now().Add(Retention).Unix()), ":over": num(rank("done")),
	}
	if rank(to.Code) >= rank("joining_call") {
		values[":seconds"] = num(at.Unix())
	}
	out, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Table, Key: booksKey(botID), UpdateExpression: &set,
		ConditionExpression:       aws.String("attribute_not_exists(#rank) OR #rank < :rank OR (#rank = :rank AND #rank < :over AND (attribute_not_exists(code_at_ms) OR code_at_ms < :at))"),
		ExpressionAttributeNames:  map[string]string{"#code": "code", "#rank": "rank", "#ttl": "ttl"},
		ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err == nil {
		return booksOf(out.Attributes), true, nil
	}
	if old, failed := conditionItem(err); failed {
		return booksOf(old), false, nil
	}
	return books{}, false, ErrStore.With(fmt.Errorf("notetaker: follow bot %s: %w", botID, err))
}

// final notes that the whole transcript was compared with what was heard live.
func (c *Chunks) final(ctx context.Context, botID string) error {
	_, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Table, Key: booksKey(botID),
		UpdateExpression: aws.String("SET #final = :yes"), ExpressionAttributeNames: map[string]string{"#final": "final"},
		ExpressionAttributeValues: Item{":yes": sure()},
	})
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: close the books of %s: %w", botID, err))
	}
	return nil
}

// all reads every utterance of a call.
func (c *Chunks) all(ctx context.Context, botID string) ([]Utterance, error) {
	const page = 1000
	var out []Utterance
	for after, more := int64(0), true; more; {
		var next []Utterance
		var err error
		if next, more, err = c.since(ctx, botID, after, page); err != nil {
			return nil, err
		}
		out = append(out, next...)
		if len(next) > 0 {
			after = next[len(next)-1].Seq
		}
	}
	return out, nil
}
