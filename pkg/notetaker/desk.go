package notetaker

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker/link"
)

// ErrField reports a field of an order that cannot be accepted.
var ErrField = fault.New(fault.Invalid, "INVALID_FIELD", "A field of the request is not acceptable.")

// Order is the body of POST /api/recall/bot.
type Order struct {
	MeetingURL string     `json:"meeting_url"`
	JoinAt     *time.Time `json:"join_at"` // null: now
	Title      string     `json:"title"`
}

const (
	maxTitle = 200
	// late is how far in the past a start may lie and still mean now.
	late = 5 * time.Minute
	// farthest is how far ahead a bot can be ordered by hand.
	farthest = 90 * 24 * time.Hour
	// soon is how early a bot that is booked anyway counts as the one for now.
	soon = 15 * time.Minute
)

// Desk takes orders by hand.
type Desk struct {
	*Dispatcher
}

// Join sends a bot into a meeting, now or at its time. Asking twice for one
// meeting gives one bot, also while it is there or about to come.
func (d Desk) Join(ctx context.Context, sub string, o Order) (Placed, error) {
	w, err := d.wishOf(sub, o)
	if err != nil {
		return Placed{}, err
	}
	if o.JoinAt == nil || !w.Start.After(d.Now()) {
		if w.Start, err = d.current(ctx, w); err != nil {
			return Placed{}, err
		}
	}
	return d.Want(ctx, w)
}

// wishOf checks an order.
func (d Desk) wishOf(sub string, o Order) (Wish, error) {
	l, ok := link.Recognise(strings.TrimSpace(o.MeetingURL))
	now := d.Now()
	start := now
	if o.JoinAt != nil {
		start = *o.JoinAt
	}
	switch {
	case !ok || len(o.MeetingURL) > 2048:
		return Wish{}, ErrField.Because("The field meeting_url must be the link of a Zoom, Google Meet, Microsoft Teams or Webex meeting.")
	case utf8.RuneCountInString(o.Title) > maxTitle:
		return Wish{}, ErrField.Because("The field title must have at most %d letters.", maxTitle)
	case start.Before(now.Add(-late)):
		return Wish{}, ErrField.Because("The field join_at lies in the past.")
	case start.After(now.Add(farthest)):
		return Wish{}, ErrField.Because("The field join_at must be within %d days.", int(farthest.Hours()/24))
	}
	return Wish{Sub: sub, Link: l, Start: start, Title: o.Title, Source: Manual}, nil
}

// current returns the start under which the room has its bot for right now: that
// of a bot of the caller's, of anybody's, or a new one.
func (d Desk) current(ctx context.Context, w Wish) (time.Time, error) {
	now := d.Now()
	own, err := d.since(ctx, w.Sub, now.Add(-longest-meeting), Gate{Entitlements: d.Entitlements, Terms: d.Terms})
	if err != nil {
		return time.Time{}, err
	}
	for _, o := range own {
		if strings.HasPrefix(o.RoomStart, w.Link.Room()+"#") && !o.State.Over() && o.JoinAt.Before(now.Add(soon)) {
			return o.JoinAt, nil
		}
	}
	for range rounds {
		start, settled, err := d.point(ctx, w.Link, now)
		if err != nil || settled {
			return start, err
		}
	}
	return time.Time{}, ErrStore.With(fmt.Errorf("notetaker: room %s keeps changing", w.Link.Room()))
}

// point reads which start the room's bot for right now has, and makes it this
// minute when there is none. It is not settled when another was quicker.
func (d Desk) point(ctx context.Context, l link.Link, now time.Time) (start time.Time, settled bool, err error) {
	key := Item{"room_start": str(l.Room() + "#now"), "owner": str(botOwner)}
	out, err := d.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.Dispatches, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return time.Time{}, false, ErrStore.With(fmt.Errorf("notetaker: read the room's bot: %w", err))
	}
	old := moment(out.Item["join_at"])
	if there, err := d.there(ctx, l, old, now); err != nil || there {
		return old, there, err
	}
	start = now.UTC().Truncate(time.Minute)
	condition, values := "attribute_not_exists(join_at)", Item{":start": num(start.Unix()), ":ttl": d.expiry(start)}
	if !old.IsZero() {
		condition, values[":old"] = "join_at = :old", num(old.Unix())
	}
	_, err = d.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.Dispatches, Key: key, ConditionExpression: &condition,
		UpdateExpression: aws.String("SET join_at = :start, #ttl = :ttl"), ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: values,
	})
	if conditionFailed(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, ErrStore.With(fmt.Errorf("notetaker: point to the room's bot: %w", err))
	}
	return start, true, nil
}

// there reports whether the room has a bot since start, or is getting one.
func (d Desk) there(ctx context.Context, l link.Link, start, now time.Time) (bool, error) {
	if start.IsZero() || now.Sub(start) > longest+meeting {
		return false, nil
	}
	if now.Sub(start) < time.Minute {
		return true, nil
	}
	r, err := d.load(ctx, Key(l, start))
	if err != nil || r.bot.over() {
		return false, err
	}
	k, err := d.books(ctx, r.bot.id)
	return err == nil && !k.State.Over() && rank(k.State.Code) < rank("call_ended"), err
}
