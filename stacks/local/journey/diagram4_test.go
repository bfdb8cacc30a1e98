package journey_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/notetaker"
)

// The upstream calls of the fourth diagram, as the plan names them.
const (
	query     = "dynamodb.Query"
	transact  = "dynamodb.TransactWriteItems"
	createBot = "POST /api/v1/bot/"
)

// sendBot orders a notetaker and returns its id.
func (l *local) sendBot(token, order string) (id string, err error) {
	a := l.call(http.MethodPost, "/api/recall/bot", token, strings.NewReader(order))
	return a.field("bot_id"), statusOf(a, http.StatusCreated)
}

// chunks reads a page of a call.
func (l *local) chunks(token, bot string, since int64) (page notetaker.Page, err error) {
	a := l.call(http.MethodGet, fmt.Sprintf("/api/recall/chunks?bot_id=%s&since=%d", bot, since), token, nil)
	if err := statusOf(a, http.StatusOK); err != nil {
		return page, err
	}
	return page, json.Unmarshal([]byte(a.Body), &page)
}

// TestDiagram4Notetaker replays the fourth sequence diagram. Somebody else sends
// a bot first, for tomorrow, so that the functions are warm and nothing of that
// bot is heard of.
func TestDiagram4Notetaker(t *testing.T) {
	d := newDiagram(t, "4 · Notetaker")
	token := d.l.subscriber(scribbler, 0)
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	if _, err := d.l.sendBot(d.l.subscriber(early, 0), `{"meeting_url":"https://zoom.us/j/70000000001","join_at":"`+tomorrow+`"}`); err != nil {
		t.Fatal(err)
	}
	var bot string
	d.hop("browser → recall-bot → Recall: POST /api/recall/bot", []string{getItem, query, transact, createBot, transact, query}, func() (err error) {
		bot, err = d.l.sendBot(token, `{"meeting_url":"https://zoom.us/j/84335626851?pwd=a1B2","title":"Standup"}`)
		return err
	})
	began := time.Now()
	said, _ := d.l.transcript(token, bot, 0, 1)
	joined := time.Since(began)
	d.line("Recall → Zoom: the bot joins, and hears somebody", joined, joined)
	d.inside("recall-webhook", "Recall → recall-webhook → DynamoDB: an utterance", []string{transact})
	for _, what := range []string{"empty", "the whole call so far"} {
		since := said[len(said)-1].Seq
		if what != "empty" {
			since = 0
		}
		d.hop("browser → recall-chunks: poll, "+what, []string{query}, func() error {
			page, err := d.l.chunks(token, bot, since)
			if err == nil && (len(page.Chunks) == 0) != (since > 0) {
				return fmt.Errorf("behind %d there are %d chunks", since, len(page.Chunks))
			}
			return err
		})
	}
}
