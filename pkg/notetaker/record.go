package notetaker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// record writes the wish, and with it the order that it calls for, in one
// transaction under the versions of all that it was judged by. Then it sees to the
// bot.
func (d *Dispatcher) record(ctx context.Context, b bid) (Placed, error) {
	r := b.granted()
	do := r.decide(d.Now())
	rows := []types.TransactWriteItem{{Update: d.wanting(b.Wish, r.key)}, {Update: d.count(b.Sub, b.version)}}
	if b.point != nil {
		rows = append(rows, types.TransactWriteItem{Update: b.point})
	}
	if do == create {
		rows = append(rows, d.opening(&r, b.Sub, func(sub string) time.Duration {
			if sub == b.Sub {
				return allowance(b.row, d.Now())
			}
			return d.stay(ctx, sub)
		})...)
	} else {
		rows = append(rows, types.TransactWriteItem{Put: d.botRow(botID(r.key, b.start(), r.next()), b.start(), r.key, r.wishes[b.Sub])})
	}
	if _, err := d.DB.TransactWriteItems(ctx, transact(rows...)); err != nil {
		return Placed{}, unrecorded(b.Sub, err)
	}
	if do == create {
		if err := d.carryOut(ctx, r, do); err != nil {
			return Placed{}, err
		}
	}
	s, err := d.look(ctx, r.key, r.bot.id)
	if err != nil {
		return Placed{}, err
	}
	return d.pursue(ctx, s)
}

// granted is the room with the wish in it.
func (b bid) granted() room {
	r := b.room
	r.wishes = maps.Clone(r.wishes)
	r.wishes[b.Sub] = wish{sub: b.Sub, wanted: true, url: b.Link.URL, title: b.Title, source: b.Source}
	return r
}

// wanting is the user's row of a dispatch. A stop holds against a calendar.
func (d *Dispatcher) wanting(w Wish, key string) *types.Update {
	update := "SET wanted = :yes, meeting_url = :url, title = :title, #source = :source, #ttl = :ttl REMOVE parted"
	put := &types.Update{
		TableName: &d.Dispatches, Key: Item{"room_start": str(key), "owner": str(w.Sub)}, UpdateExpression: &update,
		ExpressionAttributeNames: map[string]string{"#source": "source", "#ttl": "ttl"},
		ExpressionAttributeValues: Item{
			":yes": sure(), ":url": str(w.Link.URL), ":title": str(w.Title), ":source": str(string(w.Source)), ":ttl": d.expiry(w.Start),
		},
	}
	if w.Source == Manual {
		update += ", stopped, skipped"
		return put
	}
	put.ConditionExpression = aws.String("attribute_not_exists(stopped) AND attribute_not_exists(skipped)")
	return put
}

// unrecorded says why a wish was not recorded: its row is the first of the
// transaction.
func unrecorded(sub string, err error) error {
	var cancelled *types.TransactionCanceledException
	switch {
	case !errors.As(err, &cancelled):
		return ErrStore.With(fmt.Errorf("notetaker: record wish of %s: %w", sub, err))
	case aws.ToString(cancelled.CancellationReasons[0].Code) == "ConditionalCheckFailed":
		return ErrStopped
	}
	return errMoved
}

// count moves the version of a user's set of bots on.
func (d *Dispatcher) count(sub string, version int64) *types.Update {
	condition := "bots_version = :seen"
	if version == 0 {
		condition = "attribute_not_exists(bots_version) OR bots_version = :seen"
	}
	return &types.Update{
		TableName: &d.Entitlements, Key: Item{"cognito_sub": str(sub)}, ConditionExpression: &condition,
		UpdateExpression:          aws.String("SET bots_version = :next"),
		ExpressionAttributeValues: Item{":seen": num(version), ":next": num(version + 1)},
	}
}

// botRow is the row of a user who begins to have a bot.
func (d *Dispatcher) botRow(id string, start time.Time, key string, w wish) *types.Put {
	return &types.Put{TableName: &d.Bots, Item: Item{
		"cognito_sub": str(w.sub), "bot_id": str(id), "meeting_url": str(w.url), "title": str(w.title), "source": str(string(w.source)),
		"join_at": num(start.Unix()), "room_start": str(key), "created_at": num(d.Now().Unix()),
	}}
}
