package notetaker

import (
	"context"
	"fmt"
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
	return own, s.states(ctx, sub, own, gate)
}

// listed is how many bots a list holds at most: as many as one read of their
// books gives, beside the gate's row.
const listed = 99

// states fills in where the bots are.
func (s Store) states(ctx context.Context, sub string, own []owned, gate Gate) error {
	keys := map[string]types.KeysAndAttributes{}
	if len(own) > 0 {
		var books []Item
		for _, o := range own {
			books = append(books, booksKey(o.BotID))
		}
		keys[s.Chunks] = types.KeysAndAttributes{Keys: books, ConsistentRead: aws.Bool(true)}
	} else if gate.Terms == nil {
		return nil
	}
	rows, err := gate.read(ctx, s.DB, sub, keys)
	if err != nil {
		return err
	}
	all := map[string]books{}
	for _, it := range rows[s.Chunks] {
		k := booksOf(it)
		all[k.BotID] = k
	}
	for i := range own {
		own[i].State = own[i].state(all[own[i].BotID])
	}
	return nil
}
