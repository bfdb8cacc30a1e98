package notetaker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker/link"
	"callanalyst/pkg/notetaker/recall"
)

var (
	// ErrStopped reports a meeting that the user has taken the notetaker out of:
	// no calendar brings it back.
	ErrStopped = fault.New(fault.Conflict, "BOT_STOPPED", "You called the notetaker off for this meeting. Send it by hand if you want it after all.")
	// ErrFull reports that Recall has no bot for right now.
	ErrFull = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "No notetaker is free this moment. Try again in half a minute.").After(30 * time.Second)
	// ErrRecall reports that Recall did not answer, or not in time.
	ErrRecall = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "The notetaker service does not answer right now. Try again in a moment.").After(10 * time.Second)
	// ErrRefused reports a meeting that Recall will not send a bot to.
	ErrRefused = fault.New(fault.Invalid, "MEETING_REFUSED", "The notetaker cannot join this meeting. Check the link.")
)

// Wish is that one user wants a bot in one room at one time.
type Wish struct {
	Sub    string
	Link   link.Link
	Start  time.Time // to the minute
	Title  string
	Source Source
}

// start is the minute of the wish.
func (w Wish) start() time.Time { return w.Start.UTC().Truncate(time.Minute) }

// keyTime is how a start is written in a key.
const keyTime = "2006-01-02T15:04:05Z"

// Key returns the dispatch that a room and a start have: the hash key of the
// table dispatches. Links to one meeting have one key.
func Key(l link.Link, start time.Time) string {
	return l.Room() + "#" + start.UTC().Truncate(time.Minute).Format(keyTime)
}

// Placed is what became of a wish.
type Placed struct {
	BotID string `json:"bot_id"`
	// Status is Requested or Scheduled, or Recall's code where others have the
	// bot in the room already.
	Status string `json:"status"`
}

// Bots is what a Dispatcher asks of Recall. recall.Client is one.
type Bots interface {
	Create(ctx context.Context, key string, o recall.Order) (string, error)
	Find(ctx context.Context, botID string) (string, error)
	Remove(ctx context.Context, recallID string) error
}

// Dispatcher makes the one bot of a room and a start follow from what all users
// wish there. Every call is written down before it is made, so a crash at any
// point is repaired by whoever looks next; and whoever made a call looks again
// after it, so that a wish which changed meanwhile is not forgotten. All its
// methods may be called at any time, any number of times, at once.
type Dispatcher struct {
	Store
	Recall   Bots
	Endpoint string // where real-time events go
	BotName  string // "" means Call Analyst Notetaker
	Terms    interface{ Check(accepted string) error }
	Log      *slog.Logger
	Now      func() time.Time
}

// Want records the wish and sees to its bot. A wish from a calendar is refused
// with ErrStopped once its user has stopped the bot; a wish by hand undoes that.
// Limits of the plan are checked before anybody is called.
func (d *Dispatcher) Want(ctx context.Context, w Wish) (Placed, error) {
	return d.insist(ctx, func(ctx context.Context) (bid, error) {
		r, err := d.load(ctx, Key(w.Link, w.Start))
		return bid{Wish: w, sight: sight{room: r}}, err
	})
}

// Withdraw takes a calendar's wish back: the meeting was cancelled, declined or
// moved away. The bot goes unless somebody else wants it. A later Want brings it
// back.
func (d *Dispatcher) Withdraw(ctx context.Context, sub string, l link.Link, start time.Time) error {
	key := Key(l, start)
	err := d.wish(ctx, key, sub, "SET wanted = :no", "wanted = :yes", Item{":no": no(), ":yes": sure()})
	if err != nil && !conditionFailed(err) { // not wanted already; but is it done?
		return ErrStore.With(fmt.Errorf("notetaker: withdraw %s of %s: %w", key, sub, err))
	}
	_, err = d.reconcile(ctx, key)
	return err
}

// Move carries a wish from its former start to its new one.
func (d *Dispatcher) Move(ctx context.Context, w Wish, from time.Time) (Placed, error) {
	if err := d.Carry(ctx, w.Sub, Place{w.Link, from}, Place{w.Link, w.Start}, false); err != nil {
		return Placed{}, err
	}
	return d.Want(ctx, w)
}

// Skip is a user's word that no bot shall come to a meeting, or, with skip
// false, that it may after all, whoever had said no. It holds also for meetings not
// dispatched yet, until Leave or Carry: who looks at the calendar knows it by then,
// and another meeting at the place is not meant.
func (d *Dispatcher) Skip(ctx context.Context, sub string, l link.Link, start time.Time, skip bool) error {
	key := Key(l, start)
	update, values := "SET skipped = :yes, wanted = :no, #ttl = :ttl", Item{":yes": sure(), ":no": no(), ":ttl": d.expiry(start)}
	if !skip {
		update, values = "SET #ttl = :ttl REMOVE stopped, skipped", Item{":ttl": d.expiry(start)}
	}
	if err := d.wish(ctx, key, sub, update, "", values); err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: skip %s of %s: %w", key, sub, err))
	}
	_, err := d.reconcile(ctx, key)
	return err
}

// Stop is a user's word that the bot shall go now. It stays with those others
// who want it, but what it hears from now on is not this user's any more.
func (d *Dispatcher) Stop(ctx context.Context, sub, botID string) error {
	own, k, err := d.find(ctx, sub, botID)
	if err != nil {
		return err
	}
	r, err := d.load(ctx, own.RoomStart)
	if err != nil {
		return err
	}
	_, err = d.DB.TransactWriteItems(ctx, transact(d.stops(own, r.others(sub), k.Last+1)...))
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: stop %s of %s: %w", botID, sub, err))
	}
	_, err = d.reconcile(ctx, own.RoomStart)
	return err
}

// stops writes a stop into the user's rows. With nobody else there the bot goes:
// what it heard until it was gone is the user's.
func (d *Dispatcher) stops(own bot, others bool, until int64) []types.TransactWriteItem {
	mine := &types.Update{
		TableName: &d.Bots, Key: Item{"cognito_sub": str(own.Sub), "bot_id": str(own.BotID)},
		UpdateExpression: aws.String("SET stopped = :yes"), ExpressionAttributeValues: Item{":yes": sure()},
	}
	wish := &types.Update{
		TableName: &d.Dispatches, Key: Item{"room_start": str(own.RoomStart), "owner": str(own.Sub)},
		UpdateExpression: aws.String("SET stopped = :yes, wanted = :no"), ExpressionAttributeValues: Item{":yes": sure(), ":no": no()},
	}
	if others {
		mine = d.ending(own.Sub, own.BotID, "stopped = :yes, ", until)
		wish.UpdateExpression = aws.String("SET stopped = :yes, wanted = :no, parted = :bot")
		wish.ExpressionAttributeValues[":bot"] = str(own.BotID)
	}
	return []types.TransactWriteItem{{Update: mine}, {Update: wish}}
}

// Heard is told of every bot that shows itself on its way. One that nobody wants
// any more, or that a lost answer left behind, is removed.
func (d *Dispatcher) Heard(ctx context.Context, botID, recallID string) error {
	k, err := d.books(ctx, botID)
	if err != nil || k.RoomStart == "" {
		return err
	}
	r, err := d.load(ctx, k.RoomStart)
	if err != nil {
		return err
	}
	if r.bot.id == botID && (r.bot.recall == "" || r.bot.recall == recallID) && r.wanted() {
		return nil
	}
	if r.bot.id == botID && r.bot.state == cancelling {
		_, err := d.reconcile(ctx, k.RoomStart)
		return err
	}
	if err := d.Recall.Remove(ctx, recallID); err != nil {
		return ErrRecall.With(fmt.Errorf("notetaker: remove bot %s that nobody wants: %w", botID, err))
	}
	return nil
}

// botID makes the id of a dispatch's bot. It begins with its start, so that a
// user's bots are in the order of their meetings; a new generation, after the
// former bot is gone, is a new bot.
func botID(key string, start time.Time, generation int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d", key, generation))
	return idFrom(start) + hex.EncodeToString(sum[:10])
}

// idFrom is the text that the ids of all bots from t on sort after.
func idFrom(t time.Time) string { return fmt.Sprintf("bot_%09x", t.Unix()) }

func conditionFailed(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

// conditionItem returns the row that a failed condition met.
func conditionItem(err error) (Item, bool) {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return nil, false
	}
	return failed.Item, true
}
