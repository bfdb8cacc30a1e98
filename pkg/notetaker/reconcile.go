package notetaker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/notetaker/recall"
)

const (
	// lease is how long one process may be at a room: longer than its calls take.
	lease = 25 * time.Second
	// replays is how long Recall repeats an answer under its key, with a margin.
	replays = 50 * time.Minute
	// rounds bounds how often wishes may change while one process looks.
	rounds = 5
)

// reconcile makes the room's bot what its wishes say, and looks again until
// nothing is left to do.
func (d *Dispatcher) reconcile(ctx context.Context, key string) (Placed, error) {
	for range rounds {
		r, err := d.load(ctx, key)
		if err != nil {
			return Placed{}, err
		}
		do := r.decide(d.Now())
		if do == nothing {
			return d.placed(ctx, r)
		}
		claimed, err := d.claim(ctx, r, do)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return Placed{}, err
		}
		if do == create {
			err = d.order(ctx, claimed)
		} else {
			err = d.end(ctx, claimed)
		}
		if err != nil {
			return Placed{}, err
		}
	}
	return Placed{}, ErrStore.With(fmt.Errorf("notetaker: room %s keeps changing", key))
}

// placed says what has become of a room.
func (d *Dispatcher) placed(ctx context.Context, r room) (Placed, error) {
	if wait := r.bot.lease.Sub(d.Now()); r.bot.state == waiting && wait > 0 && r.wanted() {
		return Placed{}, ErrFull.After(wait)
	}
	if r.bot.id == "" {
		return Placed{}, nil
	}
	k, err := d.books(ctx, r.bot.id)
	if err != nil {
		return Placed{}, err
	}
	return Placed{BotID: r.bot.id, Status: bot{}.state(k).Code}, nil
}

// claim writes down what is about to be done, before it is done, and keeps
// others away from the room for the lease. With a new bot it also gives every
// user who wants it a row.
func (d *Dispatcher) claim(ctx context.Context, r room, do step) (room, error) {
	was := r.bot
	r.bot.version++
	r.bot.lease = d.Now().Add(lease)
	var rows []types.TransactWriteItem
	if do == cancel {
		r.bot.state = cancelling
	} else {
		r.prepare(d.Now(), func(sub string) time.Duration { return d.stay(ctx, sub) })
		for _, w := range r.wishes {
			if w.holds() {
				rows = append(rows, types.TransactWriteItem{Put: d.botRow(r.bot.id, r.bot.start, r.key, w)})
			}
		}
		rows = append(rows, types.TransactWriteItem{Update: d.opening(r)})
	}
	items := append([]types.TransactWriteItem{{Put: d.botItem(r, was.version)}}, rows...)
	_, err := d.DB.TransactWriteItems(ctx, transact(items...))
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return room{}, errMoved
	}
	if err != nil {
		return room{}, ErrStore.With(fmt.Errorf("notetaker: claim %s: %w", r.key, err))
	}
	return r, nil
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
	return min(max(remaining(row, d.Now()), shortest), longest)
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

// opening opens the call's books.
func (d *Dispatcher) opening(r room) *types.Update {
	return &types.Update{
		TableName: &d.Chunks, Key: booksKey(r.bot.id),
		UpdateExpression:         aws.String("SET room_start = :k, #code = if_not_exists(#code, :requested), #rank = if_not_exists(#rank, :zero), #ttl = :ttl"),
		ExpressionAttributeNames: map[string]string{"#code": "code", "#rank": "rank", "#ttl": "ttl"},
		ExpressionAttributeValues: Item{
			":k": str(r.key), ":requested": str(Requested), ":zero": num(0), ":ttl": num(r.bot.start.Add(Retention).Unix()),
		},
	}
}

// order asks Recall for the bot of a claimed room and writes down the answer.
func (d *Dispatcher) order(ctx context.Context, r room) error {
	recallID, err := d.ask(ctx, &r)
	switch status := recall.StatusOf(err); {
	case err == nil:
		r.bot.state, r.bot.recall, r.bot.lease = placed, recallID, time.Time{}
		if err := d.settle(ctx, r); err != nil {
			return err
		}
		return d.note(ctx, r)
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		r.bot.state, r.bot.lease = failed, time.Time{}
		return errors.Join(d.settle(ctx, r), d.mark(ctx, r.bot.id, Failed), ErrRefused.With(err))
	case status == http.StatusConflict || status == 0 || status >= 500 && status != http.StatusInsufficientStorage:
		// Nobody knows what became of it: it stays calling, for the next to find out.
		r.bot.lease = time.Time{}
		return errors.Join(ErrRecall.With(fmt.Errorf("notetaker: order bot %s: %w", r.bot.id, err)), d.settle(ctx, r))
	default:
		r.bot.state, r.bot.lease = waiting, d.Now().Add(retryAfter(err))
		if settleErr := d.settle(ctx, r); settleErr != nil {
			return settleErr
		}
		return ErrFull.With(fmt.Errorf("notetaker: order bot %s: %w", r.bot.id, err)).After(retryAfter(err))
	}
}

// ask orders the bot. After an attempt that seems to have failed, it first looks
// whether the bot is there. One whose answer is not known is repeated under its
// own key, which gives the same answer for an hour; after that a new one is safe.
func (d *Dispatcher) ask(ctx context.Context, r *room) (string, error) {
	b := &r.bot
	if b.again {
		id, err := d.Recall.Find(ctx, b.id)
		if err != nil || id != "" {
			return id, uncertain(err)
		}
		if d.Now().Sub(b.firstCall) > replays {
			b.attempt++
			b.firstCall = d.Now()
			if err := d.settle(ctx, *r); err != nil {
				return "", err
			}
			b.version++
		}
	}
	o := recall.Order{BotID: b.id, URL: b.url, Name: d.name(), Endpoint: d.Endpoint, Longest: b.longest}
	if !b.atOnce {
		o.JoinAt = b.start
	}
	return d.Recall.Create(ctx, orderKey(b.id, b.attempt), o)
}

// uncertain hides a refusal to be asked: it says nothing about the order.
func uncertain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("notetaker: look for the bot: %v", err) //nolint:errorlint // its status must not be taken for the order's
}

func (d *Dispatcher) name() string {
	if d.BotName == "" {
		return "Call Analyst Notetaker"
	}
	return d.BotName
}

// orderKey is the idempotency key of an attempt, in the form of a UUID.
func orderKey(botID string, attempt int64) string {
	b := sha256.Sum256(fmt.Appendf(nil, "%s|%d", botID, attempt))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: made of a hash
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func retryAfter(err error) time.Duration {
	var e *recall.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		return min(e.RetryAfter, 5*time.Minute)
	}
	return 30 * time.Second
}

// settle writes down what came of a claimed call.
func (d *Dispatcher) settle(ctx context.Context, r room) error {
	seen := r.bot.version
	r.bot.version++
	p := d.botItem(r, seen)
	_, err := d.DB.TransactWriteItems(ctx, transact(types.TransactWriteItem{Put: p}))
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: settle %s: %w", r.key, err))
	}
	return nil
}

// note enters Recall's id into the books, and that the bot is booked ahead.
func (d *Dispatcher) note(ctx context.Context, r room) error {
	if !r.bot.atOnce {
		if err := d.mark(ctx, r.bot.id, Scheduled); err != nil {
			return err
		}
	}
	_, err := d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Chunks, Key: booksKey(r.bot.id),
		UpdateExpression: aws.String("SET recall_id = :r"), ExpressionAttributeValues: Item{":r": str(r.bot.recall)},
	})
	if err != nil {
		return ErrStore.With(fmt.Errorf("notetaker: note bot %s: %w", r.bot.id, err))
	}
	return nil
}

// end tells Recall to end the bot of a claimed room.
func (d *Dispatcher) end(ctx context.Context, r room) error {
	id := r.bot.recall
	if id == "" {
		found, err := d.Recall.Find(ctx, r.bot.id)
		if err != nil {
			return ErrRecall.With(fmt.Errorf("notetaker: look for bot %s: %w", r.bot.id, err))
		}
		id = found
	}
	if id != "" {
		if err := d.Recall.Remove(ctx, id); err != nil {
			return d.unfinished(ctx, r, err)
		}
	}
	r.bot.state, r.bot.lease = gone, time.Time{}
	if err := d.settle(ctx, r); err != nil {
		return err
	}
	return d.calledOff(ctx, r.bot.id)
}

// unfinished lets the next one try at once to end the bot. One between its order
// and its departure takes no command: it is ended when it shows itself.
func (d *Dispatcher) unfinished(ctx context.Context, r room, cause error) error {
	r.bot.lease = d.Now().Add(2 * time.Second)
	if err := d.settle(ctx, r); err != nil {
		return err
	}
	if recall.StatusOf(cause) == http.StatusBadRequest {
		return nil
	}
	return ErrRecall.With(fmt.Errorf("notetaker: end bot %s: %w", r.bot.id, cause))
}

// calledOff marks a bot that never set out. What became of one that did,
// Recall's own webhooks tell.
func (d *Dispatcher) calledOff(ctx context.Context, botID string) error {
	k, err := d.books(ctx, botID)
	if err != nil || k.Rank >= rank("joining_call") {
		return err
	}
	return d.mark(ctx, botID, Cancelled)
}

// mark writes a code of ours into the books, unless the bot is further already.
func (d *Dispatcher) mark(ctx context.Context, botID, code string) error {
	_, err := d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Chunks, Key: booksKey(botID), ConditionExpression: aws.String("attribute_not_exists(#rank) OR #rank < :rank"),
		UpdateExpression:          aws.String("SET #code = :code, #rank = :rank"),
		ExpressionAttributeNames:  map[string]string{"#code": "code", "#rank": "rank"},
		ExpressionAttributeValues: Item{":code": str(code), ":rank": num(rank(code))},
	})
	if err != nil && !conditionFailed(err) {
		return ErrStore.With(fmt.Errorf("notetaker: mark bot %s: %w", botID, err))
	}
	return nil
}
