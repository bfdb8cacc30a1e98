package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	batchSize  = 25                    // rows that one BatchWriteItem takes
	batchTries = 6                     // asks for rows that DynamoDB left out
	batchPause = 20 * time.Millisecond // before the second; doubles with each
)

// errLeftOut reports rows that DynamoDB kept leaving out: it is throttling.
var errLeftOut = errors.New("rows stay unprocessed")

// Sweeper removes a person's rows: what was said in their meetings, their bots,
// the connection of their calendar, their profile, and the terms that wait under
// their user name. The evidence of consent stays, and so does the row in
// entitlements. Sweeping twice changes nothing. It is safe for concurrent use.
type Sweeper struct {
	DB interface {
		readDB
		BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
		DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	}
	Tables Tables
}

// Sweep removes everything. A bot's row goes after what was said to it: while it
// is there, the next sweep finds the rest.
func (s Sweeper) Sweep(ctx context.Context, p Person) error {
	for bot, err := range all(ctx, s.DB, s.Tables.Bots, keySub, p.Sub) {
		if err != nil {
			return err
		}
		if err := s.bot(ctx, p.Sub, textOf(bot[keyBot])); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		table string
		key   item
	}{
		{s.Tables.Connections, item{keySub: text(p.Sub)}},
		{s.Tables.Profiles, item{keySub: text(p.Sub)}},
		{s.Tables.Consents, item{keySub: text("PENDING#" + p.Username), "kind_version": text("pending")}},
	} {
		if err := s.remove(ctx, x.table, x.key); err != nil {
			return err
		}
	}
	return nil
}

// bot removes a bot. What was said stays if somebody else had the same bot in
// their meeting: it is theirs as well.
func (s Sweeper) bot(ctx context.Context, sub, id string) error {
	shared, err := s.shared(ctx, sub, id)
	if err != nil {
		return err
	}
	if !shared {
		if err := s.chunks(ctx, id); err != nil {
			return err
		}
	}
	return s.remove(ctx, s.Tables.Bots, item{keySub: text(sub), keyBot: text(id)})
}

// shared reports whether the bot is somebody else's too.
func (s Sweeper) shared(ctx context.Context, sub, id string) (bool, error) {
	owners := query(ctx, s.DB, &dynamodb.QueryInput{
		TableName: &s.Tables.Bots, IndexName: aws.String(botsGSI), KeyConditionExpression: aws.String("bot_id = :id"),
		ExpressionAttributeValues: item{":id": text(id)},
	})
	for owner, err := range owners {
		if err != nil || textOf(owner[keySub]) != sub {
			return err == nil, err
		}
	}
	return false, nil
}

// chunks removes what was said, and the bot's books with it.
func (s Sweeper) chunks(ctx context.Context, id string) error {
	var batch []types.WriteRequest
	for chunk, err := range all(ctx, s.DB, s.Tables.Chunks, keyBot, id) {
		if err != nil {
			return err
		}
		key := item{keyBot: chunk[keyBot], keySeq: chunk[keySeq]}
		batch = append(batch, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key}})
		if len(batch) < batchSize {
			continue
		}
		if err := s.write(ctx, batch); err != nil {
			return err
		}
		batch = nil
	}
	return s.write(ctx, batch)
}

// write removes one batch, and asks again for what DynamoDB left out.
func (s Sweeper) write(ctx context.Context, batch []types.WriteRequest) error {
	for n := range batchTries {
		if len(batch) == 0 {
			return nil
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
		out, err := s.DB.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.Tables.Chunks: batch}})
		if err != nil {
			return fmt.Errorf("account: remove from %s: %w", s.Tables.Chunks, err)
		}
		batch = out.UnprocessedItems[s.Tables.Chunks]
	}
	if len(batch) > 0 {
		return fmt.Errorf("account: remove from %s: %w", s.Tables.Chunks, errLeftOut)
	}
	return nil
}

// pause waits before try n, not at all before the first.
func pause(ctx context.Context, n int) error {
	if n == 0 {
		return nil
	}
	t := time.NewTimer(batchPause << (n - 1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s Sweeper) remove(ctx context.Context, table string, key item) error {
	if _, err := s.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: key}); err != nil {
		return fmt.Errorf("account: remove from %s: %w", table, err)
	}
	return nil
}
