package notetaker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

var (
	// ErrHours reports that the month's hours of bots are used up.
	ErrHours = fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "This month's notetaker hours are used up.")
	// ErrBots reports as many bots at that time as the plan allows.
	ErrBots = fault.New(fault.Exhausted, "BOT_LIMIT", "Your plan has no further notetaker at that time.")
	// errMoved reports that another wish of the user came in between.
	errMoved = errors.New("the user's bots have changed")
)

const (
	// meeting is how long a meeting is taken to be when it is asked whether two
	// of them are at the same time.
	meeting = time.Hour
	// longest bounds what one forgotten bot costs.
	longest = 4 * time.Hour
	// shortest is the least that a bot stays, even with seconds left of a month.
	shortest = 5 * time.Minute
)

// admit records the wish if the user's plan allows it. The check and the record
// are one: several wishes at once follow each other by the row's bots_version.
func (d *Dispatcher) admit(ctx context.Context, w Wish, r room) error {
	for try := range patience {
		row, version, err := d.account(ctx, w.Sub)
		if err != nil {
			return err
		}
		if err := row.Admit(d.Terms); err != nil {
			return err
		}
		if err := d.allowed(ctx, w, row); err != nil {
			return err
		}
		err = d.record(ctx, w, r, version)
		if !errors.Is(err, errMoved) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return ErrStore.With(err)
		}
	}
	return ErrStore.With(errMoved)
}

// allowed holds a wish against the plan's hours and its bots at once.
func (d *Dispatcher) allowed(ctx context.Context, w Wish, row entitlement.Row) error {
	now := d.Now()
	limits := entitlement.PlanOf(row.Holds(now)).Limits
	if remaining(row, now) <= 0 {
		t := now.UTC()
		next := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		return ErrHours.Because("This month's %d notetaker hours are used up. There are new ones on %s.", limits.BotHoursPerMonth, next.Format("2 January")).After(next.Sub(t))
	}
	own, err := d.since(ctx, w.Sub, earlier(now, w.Start).Add(-longest-meeting), Gate{})
	if err != nil {
		return err
	}
	n := 0
	for _, o := range own {
		if o.RoomStart != Key(w.Link, w.Start) && o.meets(w.Start, now) {
			n++
		}
	}
	if n >= limits.ConcurrentBots {
		return ErrBots.Because("Your plan has %d notetaker(s) at once, and they are taken at that time.", limits.ConcurrentBots)
	}
	return nil
}

// remaining is what is left of the month's hours.
func remaining(row entitlement.Row, now time.Time) time.Duration {
	limits := entitlement.PlanOf(row.Holds(now)).Limits
	return time.Duration(limits.BotHoursPerMonth)*time.Hour - time.Duration(row.Usage.At(now).BotSecondsUsed)*time.Second
}

// meets reports whether the bot is taken at start.
func (o owned) meets(start, now time.Time) bool {
	if o.Stopped || o.State.Over() {
		return false
	}
	end := o.JoinAt.Add(meeting)
	if o.State.InCall() && end.Before(now.Add(time.Minute)) {
		end = now.Add(time.Minute) // it is there still
	}
	return start.Before(end) && o.JoinAt.Before(start.Add(meeting))
}

// record writes the wish and the user's row of the bot it will be.
func (d *Dispatcher) record(ctx context.Context, w Wish, r room, version int64) error {
	condition := "attribute_not_exists(stopped) OR stopped = :no"
	update := "SET wanted = :yes, meeting_url = :url, title = :title, #source = :source, #ttl = :ttl"
	values := Item{":yes": sure(), ":url": str(w.Link.URL), ":title": str(w.Title), ":source": str(string(w.Source)), ":ttl": d.expiry(w.Start)}
	put := &types.Update{
		TableName: &d.Dispatches, Key: Item{"room_start": str(r.key), "owner": str(w.Sub)},
		ExpressionAttributeNames: map[string]string{"#source": "source", "#ttl": "ttl"}, ExpressionAttributeValues: values,
	}
	if w.Source == Manual {
		update += " REMOVE stopped"
	} else {
		values[":no"], put.ConditionExpression = no(), &condition
	}
	put.UpdateExpression = &update
	_, err := d.DB.TransactWriteItems(ctx, transact(
		types.TransactWriteItem{Update: put},
		types.TransactWriteItem{Update: d.count(w.Sub, version)},
		types.TransactWriteItem{Put: d.botRow(botID(r.key, w.start(), r.next()), w.start(), r.key, wish{sub: w.Sub, url: w.Link.URL, title: w.Title, source: w.Source})},
	))
	var cancelled *types.TransactionCanceledException
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &cancelled):
		return ErrStore.With(fmt.Errorf("notetaker: record wish of %s: %w", w.Sub, err))
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

// botRow is a user's row of a bot.
func (d *Dispatcher) botRow(id string, start time.Time, key string, w wish) *types.Put {
	return &types.Put{TableName: &d.Bots, Item: Item{
		"cognito_sub": str(w.sub), "bot_id": str(id), "meeting_url": str(w.url), "title": str(w.title), "source": str(string(w.source)),
		"join_at": num(start.Unix()), "room_start": str(key), "created_at": num(d.Now().Unix()),
	}}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
