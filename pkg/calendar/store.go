package calendar

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Store keeps connections in DynamoDB. It is safe for concurrent use.
type Store struct {
	DB interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
		DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	}
	Table string // calendar_connections, by its real name
}

// Get reads the user's connection as it is now (a consistent read). Without one
// it is a Connection in the state None.
func (s Store) Get(ctx context.Context, sub string) (Connection, error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.Table, Key: Key(sub), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Connection{}, ErrStore.With(fmt.Errorf("calendar: read connection of %s: %w", sub, err))
	}
	return ConnectionOf(sub, out.Item), nil
}

// Look is what a poll found out.
type Look struct {
	Upcoming   []Meeting
	NextPollAt time.Time
	Failures   int
	Problem    string
	SyncedAt   time.Time
	BusyUntil  time.Time // zero once the poll is done
	Channel    *Channel  // nil leaves what there is
	Share      float64   // looks a day; 0 leaves what there is
}

// Save records what a poll of c found, and returns c as it is then. It is
// ErrChanged, and nothing is recorded, when the row is not the one that c was
// read from, or no longer active: then the poll's conclusions are stale. Save
// before every call that makes a bot, since nobody withdraws later what is not in
// Upcoming, and after it: ErrChanged then means to withdraw what was just made,
// since whoever ended the connection meanwhile may not have seen it.
func (s Store) Save(ctx context.Context, c Connection, l Look) (Connection, error) {
	set := "upcoming = :upcoming, next_poll_at = :next, failures = :failures, problem = :problem, synced_at = :synced, busy_until = :busy"
	values := Item{
		":active": str(string(Active)), ":upcoming": meetingsItem(l.Upcoming), ":next": at(l.NextPollAt),
		":failures": num(int64(l.Failures)), ":problem": str(l.Problem), ":synced": at(l.SyncedAt), ":busy": at(l.BusyUntil),
	}
	if l.Channel != nil {
		set, values[":channel"] = set+", channel = :channel", l.Channel.item()
	}
	if l.Share > 0 {
		set, values[":share"] = set+", share_hundredths = :share", num(int64(l.Share*100))
	}
	return s.update(ctx, c, "#state = :active", set, values)
}

// Set records what the user has changed in c: settings, skips and meetings, and
// makes an active connection due at now. It is ErrChanged when c is stale.
func (s Store) Set(ctx context.Context, c Connection, now time.Time) (Connection, error) {
	values := Item{":upcoming": meetingsItem(c.Upcoming), ":skips": skipsItem(c.Skips), ":next": at(now)}
	for name, v := range c.Settings.item() {
		values[":"+name] = v
	}
	return s.update(ctx, c, "", "upcoming = :upcoming, skips = :skips, next_poll_at = :next, "+
		"auto_join = :auto_join, bot_name = :bot_name, #rules = :rules", values)
}

// Retire takes the connection out of all polls, in the given state, and returns
// it as it is then: no poll adds to it any more. The access token and the channel
// are forgotten; a
// revoked one loses the refresh token too, which is good for nothing now. It is
// ErrChanged when the user has made another connection meanwhile, or none.
func (s Store) Retire(ctx context.Context, c Connection, to State) (Connection, error) {
	remove := "#shard, next_poll_at, access_token, access_token_until, channel"
	if to == Revoked {
		remove += ", refresh_token"
	}
	out, err := s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Table, Key: Key(c.Sub), ConditionExpression: aws.String("#grant = :grant"),
		UpdateExpression:          aws.String("SET #state = :to, version = version + :one REMOVE " + remove),
		ExpressionAttributeNames:  map[string]string{"#grant": "grant", "#state": "state", "#shard": "shard"},
		ExpressionAttributeValues: Item{":grant": str(c.Grant), ":to": str(string(to)), ":one": num(1)},
		ReturnValues:              types.ReturnValueAllNew,
	})
	if err != nil {
		return Connection{}, wrong("retire", c.Sub, err)
	}
	return ConnectionOf(c.Sub, out.Attributes), nil
}

// Connect stores a new connection in the place of the version before it, or of
// none. It is ErrChanged when the user's row is another one.
func (s Store) Connect(ctx context.Context, c Connection) error {
	_, err := s.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.Table, Item: c.item(), ConditionExpression: aws.String("attribute_not_exists(cognito_sub) OR version = :before"),
		ExpressionAttributeValues: Item{":before": num(c.Version - 1)},
	})
	return wrong("store", c.Sub, err)
}

// KeepAccess stores an access token that was fetched for c, sealed. It changes
// no version: polls at the same time do no harm to each other by it.
func (s Store) KeepAccess(ctx context.Context, c Connection, sealed []byte, until time.Time) error {
	_, err := s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Table, Key: Key(c.Sub), ConditionExpression: aws.String("#grant = :grant AND #state = :active"),
		UpdateExpression:          aws.String("SET access_token = :token, access_token_until = :until"),
		ExpressionAttributeNames:  map[string]string{"#grant": "grant", "#state": "state"},
		ExpressionAttributeValues: Item{":grant": str(c.Grant), ":active": str(string(Active)), ":token": bin(sealed), ":until": at(until)},
	})
	return wrong("keep access token", c.Sub, err)
}

// Delete removes the connection, unless the user has made another one meanwhile.
// There is nothing to do for one that is gone.
func (s Store) Delete(ctx context.Context, c Connection) error {
	_, err := s.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.Table, Key: Key(c.Sub), ConditionExpression: aws.String("attribute_not_exists(cognito_sub) OR #grant = :grant"),
		ExpressionAttributeNames: map[string]string{"#grant": "grant"}, ExpressionAttributeValues: Item{":grant": str(c.Grant)},
	})
	return wrong("remove", c.Sub, err)
}

// update changes the row that c was read from, and no other.
func (s Store) update(ctx context.Context, c Connection, also, set string, values Item) (Connection, error) {
	condition, names := "version = :version AND #grant = :grant", map[string]string{"#grant": "grant"}
	if also != "" {
		condition, names["#state"] = condition+" AND "+also, "state"
	}
	if _, ok := values[":rules"]; ok {
		names["#rules"] = "rules" // a word of DynamoDB's own, like grant and state
	}
	values[":version"], values[":one"], values[":grant"] = num(c.Version), num(1), str(c.Grant)
	out, err := s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.Table, Key: Key(c.Sub), ConditionExpression: &condition,
		UpdateExpression:         aws.String("SET version = version + :one, " + set),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return Connection{}, wrong("change", c.Sub, err)
	}
	return ConnectionOf(c.Sub, out.Attributes), nil
}

// wrong tells a stale row from a table that does not answer.
func wrong(doing, sub string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("calendar: %s connection of %s: %w", doing, sub, err)
	var stale *types.ConditionalCheckFailedException
	if errors.As(err, &stale) {
		return ErrChanged.With(err)
	}
	return ErrStore.With(err)
}
