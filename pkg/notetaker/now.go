package notetaker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/notetaker/link"
)

// now is the bid of an order for right now. Its start is the one under which the
// room has its bot for now: that of a bot of the caller's, of anybody's, or this
// minute. What does not depend on each other is read side by side: first the
// account, the room's pointer and the room at this minute, then the caller's bots,
// which must not be older than the account, and the room that the pointer leads to.
func (d Desk) now(ctx context.Context, w Wish) (bid, error) {
	now := d.Now()
	w.Start = now.UTC().Truncate(time.Minute)
	b := bid{Wish: w, listed: true}
	var there room // where the pointer leads
	var old time.Time
	var first, second errgroup.Group
	first.Go(func() error { return d.introduce(ctx, &b) })
	first.Go(func() (err error) { old, err = d.pointer(ctx, w.Link); return err })
	first.Go(func() (err error) { b.room, err = d.load(ctx, Key(w.Link, w.Start)); return err })
	if err := first.Wait(); err != nil {
		return bid{}, err
	}
	if err := b.row.Admit(d.Terms); err != nil {
		return bid{}, err
	}
	second.Go(func() (err error) { b.own, err = d.from(ctx, w.Sub, now.Add(-2*(longest+meeting))); return err })
	if recent(old, now) {
		second.Go(func() (err error) { there, err = d.load(ctx, Key(w.Link, old)); return err })
	}
	if err := second.Wait(); err != nil {
		return bid{}, err
	}
	all, err := d.states(ctx, w.Sub, b.own, Gate{}, there.bot.id)
	if err != nil {
		return bid{}, err
	}
	b.books = all[b.room.bot.id]
	return d.start(ctx, b, old, sight{there, all[there.bot.id]})
}

// start gives a bid for right now its start.
func (d Desk) start(ctx context.Context, b bid, old time.Time, there sight) (bid, error) {
	now := d.Now()
	if o, ok := b.mine(now); ok {
		b.Start = o.JoinAt
		return d.joined(ctx, b, o, there)
	}
	if recent(old, now) && there.goes(old, now) {
		b.Start, b.sight = old, there
		return b, nil
	}
	b.point = d.point(b.Wish, old)
	return b, nil
}

// joined makes a bid for the room in which the caller has a bot already.
func (d Desk) joined(ctx context.Context, b bid, o owned, there sight) (_ bid, err error) {
	switch o.RoomStart {
	case b.room.key:
	case there.room.key:
		b.sight = there
	default:
		b.sight, err = d.look(ctx, o.RoomStart, o.BotID)
	}
	return b, err
}

// mine is the bot that the caller has in the room, or is about to have.
func (b bid) mine(now time.Time) (owned, bool) {
	for _, o := range b.own {
		if strings.HasPrefix(o.RoomStart, b.Link.Room()+"#") && !o.State.Over() && o.JoinAt.Before(now.Add(soon)) && o.JoinAt.After(now.Add(-longest-meeting)) {
			return o, true
		}
	}
	return owned{}, false
}

// recent reports whether a bot since start may be in its room still.
func recent(start, now time.Time) bool { return !start.IsZero() && now.Sub(start) <= longest+meeting }

// goes reports whether the room has a bot since start, or is getting one.
func (s sight) goes(start, now time.Time) bool {
	if now.Sub(start) < time.Minute {
		return true
	}
	return !s.room.bot.over() && !s.books.State.Over() && rank(s.books.State.Code) < rank("call_ended")
}

// pointerKey is the row that says which start a room's bot for right now has.
func pointerKey(l link.Link) Item {
	return Item{"room_start": str(l.Room() + "#now"), "owner": str(botOwner)}
}

// pointer reads which start the room's bot for right now has; zero for none.
func (d Desk) pointer(ctx context.Context, l link.Link) (time.Time, error) {
	out, err := d.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.Dispatches, Key: pointerKey(l), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return time.Time{}, ErrStore.With(fmt.Errorf("notetaker: read the room's bot: %w", err))
	}
	return moment(out.Item["join_at"]), nil
}

// point makes the wish's start the one of the room's bot for right now, if it
// is still the old one.
func (d Desk) point(w Wish, old time.Time) *types.Update {
	condition, values := "attribute_not_exists(join_at)", Item{":start": num(w.Start.Unix()), ":ttl": d.expiry(w.Start)}
	if !old.IsZero() {
		condition, values[":old"] = "join_at = :old", num(old.Unix())
	}
	return &types.Update{
		TableName: &d.Dispatches, Key: pointerKey(w.Link), ConditionExpression: &condition,
		UpdateExpression: aws.String("SET join_at = :start, #ttl = :ttl"), ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: values,
	}
}
