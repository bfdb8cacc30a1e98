package suppress_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/mail/suppress"
)

// world is the list on a real engine, and whoever asks it.
type world struct {
	*suppress.List
	*suppress.Reader
	db  *dynamotest.DB
	log bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: dynamotest.New(t)}
	now := func() time.Time { return time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC) }
	w.List = &suppress.List{DB: w.db, Table: w.db.Table("suppressions"), Now: now}
	w.Reader = &suppress.Reader{DB: w.db, Table: w.db.Table("suppressions")}
	return w
}

func (w *world) reachable() suppress.Reachable {
	return suppress.Reachable{Suppressions: w.Reader, Log: slog.New(slog.NewJSONHandler(&w.log, nil))}
}

// told is an event about the reader, whose address SES writes in its own way.
func told(fate suppress.Fate, after time.Duration) suppress.Event {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC).Add(after)
	return suppress.Event{Fate: fate, Kind: string(fate), MessageID: fmt.Sprintf("m-%s-%v", fate, after), At: at, Addresses: []string{"Ada@Example.com "}}
}

// line is the reader's row.
func (w *world) line(t *testing.T) map[string]string {
	t.Helper()
	out, err := w.db.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &w.List.Table, Key: map[string]types.AttributeValue{"email_hash": &types.AttributeValueMemberS{Value: suppress.Hash(reader)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, v := range out.Item {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			texts[name] = s.Value
		}
	}
	return texts
}

func TestWhatEachFateStops(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fate          suppress.Fate
		reason        suppress.Reason
		all, product  bool
		undeliverable bool
	}{
		{fate: suppress.Bounced, reason: suppress.Bounce, all: true, product: true, undeliverable: true},
		{fate: suppress.Complained, reason: suppress.Complaint, product: true},
		{fate: suppress.Deferred}, {fate: suppress.Delivered}, {fate: suppress.Rejected}, {fate: suppress.Unjudged},
	}
	for _, tt := range tests {
		t.Run(string(tt.fate), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.Keep(t.Context(), told(tt.fate, 0)); err != nil {
				t.Fatal(err)
			}
			got, err := w.Reason(t.Context(), reader)
			if got != tt.reason || err != nil || got.StopsAll() != tt.all || got.StopsProduct() != tt.product {
				t.Errorf("Reason = %q, %v, stops all %v and product %v, want %q, %v, %v", got, err, got.StopsAll(), got.StopsProduct(), tt.reason, tt.all, tt.product)
			}
			if err := w.reachable().Check(t.Context(), " ADA@example.com"); errors.Is(err, suppress.ErrUndeliverable) != tt.undeliverable {
				t.Errorf("Check = %v, want undeliverable: %v", err, tt.undeliverable)
			}
			for name, text := range w.line(t) {
				if strings.Contains(text, "@") {
					t.Errorf("the list holds an address in %s", name)
				}
			}
		})
	}
}

// TestKeepDoesNotMindTheOrder tells the same events in many orders, one of them
// twice: the row must not differ.
func TestKeepDoesNotMindTheOrder(t *testing.T) {
	t.Parallel()
	events := []suppress.Event{
		told(suppress.Complained, time.Minute), told(suppress.Complained, 3*time.Minute),
		told(suppress.Bounced, 0), told(suppress.Bounced, 2*time.Minute),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		w := newWorld(t)
		var order []string
		for _, i := range append(random.Perm(len(events)), random.IntN(len(events))) {
			order = append(order, events[i].MessageID)
			if err := w.Keep(t.Context(), events[i]); err != nil {
				t.Fatal(err)
			}
		}
		if row := w.line(t); row["message_id"] != "m-bounced-2m0s" || row["reason"] != "bounce" {
			t.Errorf("after %v the row is %v, want the last bounce", order, row)
		}
	}
}

// silent is a table that does not answer.
type silent struct{}

var errDown = errors.New("table is down")

func (silent) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, errDown
}

func (silent) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return nil, errDown
}

func TestATableThatIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.List.DB, w.Reader.DB = silent{}, silent{}
	if err := w.Keep(t.Context(), told(suppress.Bounced, 0)); !errors.Is(err, suppress.ErrUnavailable) || !errors.Is(err, errDown) || strings.Contains(err.Error(), "@") {
		t.Errorf("Keep = %v, want ErrUnavailable without the address", err)
	}
	if err := w.reachable().Check(t.Context(), reader); err != nil {
		t.Errorf("Check with the list unreadable = %v, want to go on", err)
	}
	if !strings.Contains(w.log.String(), "suppression not read") || strings.Contains(w.log.String(), "@") {
		t.Errorf("log %s does not say that the list was not read, or says of whom", w.log.String())
	}
}
