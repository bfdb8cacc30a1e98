package notetaker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// lease is how long one process may be at a room: longer than its calls take.
const lease = 25 * time.Second

// claim writes down what is about to be done, before it is done, and keeps
// others away from the room for the lease.
func (d *Dispatcher) claim(ctx context.Context, r room, do step) (room, error) {
	var rows []types.TransactWriteItem
	if do == cancel {
		rows = d.calling(&r)
	} else {
		rows = d.opening(&r, "", func(sub string) time.Duration { return d.stay(ctx, sub) })
	}
	_, err := d.DB.TransactWriteItems(ctx, transact(rows...))
	if errors.As(err, new(*types.TransactionCanceledException)) {
		return room{}, errMoved
	}
	if err != nil {
		return room{}, ErrStore.With(fmt.Errorf("notetaker: claim %s: %w", r.key, err))
	}
	return r, nil
}

// calling makes the bot's row that of a bot about to be called off, and returns
// it.
func (d *Dispatcher) calling(r *room) []types.TransactWriteItem {
	seen := r.bot.take(d.Now())
	r.bot.state = cancelling
	return []types.TransactWriteItem{{Put: d.botItem(*r, seen)}}
}

// opening makes the bot's row that of an order about to be sent, and returns it
// with the call's books and a row for every user who wants the bot. The row of the
// user who is just beginning to want it is a new one.
func (d *Dispatcher) opening(r *room, begins string, stay func(sub string) time.Duration) []types.TransactWriteItem {
	seen := r.bot.take(d.Now())
	r.prepare(d.Now(), stay)
	rows := []types.TransactWriteItem{{Put: d.botItem(*r, seen)}, {Update: d.newBooks(*r)}}
	for _, w := range r.wishes {
		switch row := d.botRow(r.bot.id, r.bot.start, r.key, w); {
		case w.sub == begins:
			rows = append(rows, types.TransactWriteItem{Put: row})
		case w.holds():
			rows = append(rows, types.TransactWriteItem{Update: upsert(row, "cognito_sub", "bot_id")})
		}
	}
	return rows
}

// take begins the lease, and returns the version before it.
func (b *dispatch) take(now time.Time) (seen int64) {
	seen = b.version
	b.version++
	b.lease = now.Add(lease)
	return seen
}

// upsert writes a row over what is there of it: what it says nothing of stays.
func upsert(row *types.Put, key ...string) *types.Update {
	u := &types.Update{TableName: row.TableName, Key: Item{}, ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: Item{}}
	var set []string
	for _, name := range slices.Sorted(maps.Keys(row.Item)) {
		if slices.Contains(key, name) {
			u.Key[name] = row.Item[name]
			continue
		}
		set = append(set, "#"+name+" = :"+name)
		u.ExpressionAttributeNames["#"+name], u.ExpressionAttributeValues[":"+name] = name, row.Item[name]
	}
	u.UpdateExpression = aws.String("SET " + strings.Join(set, ", "))
	return u
}

// prepare makes the bot's row that of an order about to be sent. What an attempt
// orders never changes: its key stands for it.
func (r *room) prepare(now time.Time, stay func(sub string) time.Duration) {
	b := &r.bot
	if b.over() {
		first := r.first()
		start, _ := startOf(r.key)
		*b = dispatch{
			generation: b.generation + 1, version: b.version, lease: b.lease, start: start, url: first.url,
			atOnce: !start.After(now), longest: stay(first.sub),
		}
		b.id = botID(r.key, start, b.generation)
	}
	b.again = b.state == calling || b.state == waiting
	if b.state != calling {
		b.attempt++
		b.firstCall = now
	}
	b.state = calling
}

// first is the wish whose link is used: the one with the longest, which has the
// password.
func (r *room) first() (best wish) {
	for _, w := range r.wishes {
		if w.holds() && (len(w.url) > len(best.url) || len(w.url) == len(best.url) && w.sub < best.sub) {
			best = w
		}
	}
	return best
}

// stay is how long the user's bot may be in a call.
func (d *Dispatcher) stay(ctx context.Context, sub string) time.Duration {
	row, _, err := d.account(ctx, sub)
	if err != nil {
		return meeting // a bot bounded too tightly is better than none
	}
	return allowance(row, d.Now())
}

// allowance is how long a bot may be in a call of what is left of the month.
func allowance(row entitlement.Row, now time.Time) time.Duration {
	return min(max(remaining(row, now), shortest), longest)
}

// startOf reads the start out of a dispatch's key.
func startOf(key string) (time.Time, error) {
	i := len(key) - len(keyTime)
	if i < 0 {
		return time.Time{}, errors.New("notetaker: dispatch key without a start")
	}
	return time.Parse(keyTime, key[i:])
}

// botItem is the bot's row, to be put if it is still at the version seen.
func (d *Dispatcher) botItem(r room, seen int64) *types.Put {
	b := r.bot
	condition := "version = :seen"
	if seen == 0 {
		condition = "attribute_not_exists(version)"
	}
	p := &types.Put{TableName: &d.Dispatches, ConditionExpression: &condition, Item: Item{
		"room_start": str(r.key), "owner": str(botOwner), "bot_id": str(b.id), "generation": num(b.generation), "attempt": num(b.attempt),
		"state": str(b.state), "recall_id": str(b.recall), "meeting_url": str(b.url), "join_at": num(b.start.Unix()),
		"longest": num(int64(b.longest.Seconds())), "first_call": num(b.firstCall.Unix()), "lease_until_ms": num(b.lease.UnixMilli()),
		"version": num(b.version), "ttl": d.expiry(b.start), "at_once": &types.AttributeValueMemberBOOL{Value: b.atOnce},
	}}
	if seen > 0 {
		p.ExpressionAttributeValues = Item{":seen": num(seen)}
	}
	return p
}

// newBooks opens the call's books.
func (d *Dispatcher) newBooks(r room) *types.Update {
	return &types.Update{
		TableName: &d.Chunks, Key: booksKey(r.bot.id),
		UpdateExpression:         aws.String("SET room_start = :k, #code = if_not_exists(#code, :requested), #rank = if_not_exists(#rank, :zero), #ttl = :ttl"),
		ExpressionAttributeNames: map[string]string{"#code": "code", "#rank": "rank", "#ttl": "ttl"},
		ExpressionAttributeValues: Item{
			":k": str(r.key), ":requested": str(Requested), ":zero": num(0), ":ttl": num(r.bot.start.Add(Retention).Unix()),
		},
	}
}
