package notetaker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// View is one bot in the answer of GET /api/recall/bots.
type View struct {
	BotID      string `json:"bot_id"`
	MeetingURL string `json:"meeting_url"`
	Title      string `json:"title,omitempty"`
	Status     string `json:"status"`
	StatusText string `json:"status_text"`
	JoinAt     string `json:"join_at"` // RFC 3339
	Source     Source `json:"source"`
}

// owned is a user's bot with where it is.
type owned struct {
	bot
	State State
}

// Lister lists the callers' own bots.
type Lister struct {
	Store
	Gate Gate
}

// List returns the user's bots, the latest meeting first.
func (l Lister) List(ctx context.Context, sub string) ([]View, error) {
	own, err := l.since(ctx, sub, time.Time{}, l.Gate)
	if err != nil {
		return nil, err
	}
	out := []View{}
	for _, o := range own {
		out = append(out, View{
			BotID: o.BotID, MeetingURL: o.URL, Title: o.Title, Status: o.State.Code, StatusText: o.State.Text(),
			JoinAt: o.JoinAt.Format(time.RFC3339), Source: o.Source,
		})
	}
	return out, nil
}

// since returns the user's bots whose start is not before t, the latest first.
func (s Store) since(ctx context.Context, sub string, t time.Time, gate Gate) ([]owned, error) {
	own, err := s.from(ctx, sub, t)
	if err != nil {
		return nil, err
	}
	_, err = s.states(ctx, sub, own, gate)
	return own, err
}

// from reads the rows of since, without where the bots are.
func (s Store) from(ctx context.Context, sub string, t time.Time) ([]owned, error) {
	from := "bot_"
	if !t.IsZero() {
		from = idFrom(t)
	}
	out, err := s.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Bots, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(listed),
		KeyConditionExpression:    aws.String("cognito_sub = :sub AND bot_id >= :from"),
		ExpressionAttributeValues: Item{":sub": str(sub), ":from": str(from)},
	})
	if err != nil {
		return nil, ErrStore.With(fmt.Errorf("notetaker: list bots of %s: %w", sub, err))
	}
	own := make([]owned, len(out.Items))
	for i, it := range out.Items {
		own[i].bot = botOf(it)
	}
	return own, nil
}

// listed is how many bots a list holds at most: as many as one read of their
// books gives, beside the gate's row.
const listed = 99

// states fills in where the bots are. It returns their books, and those of others
// besides; ids of "" have none.
func (s Store) states(ctx context.Context, sub string, own []owned, gate Gate, besides ...string) (map[string]books, error) {
	ids := slices.DeleteFunc(besides, func(id string) bool { return id == "" })
	for _, o := range own {
		if !slices.Contains(ids, o.BotID) {
			ids = append(ids, o.BotID)
		}
	}
	all, err := s.library(ctx, sub, ids, gate)
	for i := range own {
		own[i].State = own[i].state(all[own[i].BotID])
	}
	return all, err
}

// library reads the books of many calls.
func (s Store) library(ctx context.Context, sub string, ids []string, gate Gate) (map[string]books, error) {
	keys := map[string]types.KeysAndAttributes{}
	if len(ids) > 0 {
		var books []Item
		for _, id := range ids {
			books = append(books, booksKey(id))
		}
		keys[s.Chunks] = types.KeysAndAttributes{Keys: books, ConsistentRead: aws.Bool(true)}
	} else if gate.Terms == nil {
		return nil, nil
	}
	rows, err := gate.read(ctx, s.DB, sub, keys)
	if err != nil {
		return nil, err
	}
	all := map[string]books{}
	for _, it := range rows[s.Chunks] {
		k := booksOf(it)
		all[k.BotID] = k
	}
	return all, nil
}
