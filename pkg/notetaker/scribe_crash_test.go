package notetaker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recall"
)

// archive has one transcript, with an utterance that the live path lost.
type archive struct{}

func (archive) Transcript(context.Context, string) (all []recall.Words, err error) {
	err = json.Unmarshal([]byte(`[{"words":[{"text":"Hello.","start_timestamp":{"relative":1}}],"participant":{"id":1}},
		{"words":[{"text":"Lost.","start_timestamp":{"relative":9}}],"participant":{"id":1}}]`), &all)
	return all, err
}

// deliverFrail delivers a webhook to a process that dies at its nth call to
// DynamoDB, and reports whether it came so far.
func (w *world) deliverFrail(n int, after bool, body string) (reached bool) {
	w.t.Helper()
	f := &frail{RoundTripper: http.DefaultTransport, left: n, after: after}
	healthy := w.scribe.Chunks.DB
	db := dynamodb.New(w.db.Options(), func(o *dynamodb.Options) {
		o.HTTPClient, o.Retryer = &http.Client{Transport: f}, aws.NopRetryer{}
	})
	w.scribe.Chunks.DB, w.scribe.Meter.DB, w.desk.DB = db, db, db
	defer func() { w.scribe.Chunks.DB, w.scribe.Meter.DB, w.desk.DB = healthy, w.db.Client, w.db.Client }()
	_, _ = w.send(token, body) // nobody hears what a dead process answers
	return f.left <= 0
}

// TestAWebhookThatKillsItsProcessIsTakenOnce lets each webhook of a call be the one
// in which the process dies, at each of its calls to DynamoDB. Recall delivers it
// again: in the end all was heard once, and the time is booked once.
func TestAWebhookThatKillsItsProcessIsTakenOnce(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	names := []string{"it joins", "an utterance", "the call ends", "it is done", "the transcript is done"}
	serial := 0
	for fatal, name := range names {
		points := 0
		for _, after := range []bool{false, true} {
			for n, reached := 1, true; reached; n++ {
				w := newWorld(t, db)
				w.scribe.Transcripts = archive{}
				serial++
				bot, sub := fmt.Sprintf("bot_%d", serial), fmt.Sprintf("user-%d", serial)
				put(t, db, "entitlements", notetaker.Item{"cognito_sub": str(sub), "usage_period": str("2026-11"), "bot_seconds_used": num(100)})
				put(t, db, "bots", notetaker.Item{"cognito_sub": str(sub), "bot_id": str(bot)})
				for i, body := range []string{
					status(bot, "joining_call", 10), utterance(bot, "Hello."), status(bot, "call_ended", 52), status(bot, "done", 55),
					fmt.Sprintf(`{"event":"transcript.done","data":{"data":{"code":"done"},"bot":{"id":"r1","metadata":{"bot_id":%q}},"transcript":{"id":"t1"}}}`, bot),
				} {
					if i == fatal {
						reached = w.deliverFrail(n, after, body)
					}
					if _, err := w.send(token, body); err != nil {
						t.Errorf("%s, dies at call %d (after it: %t): delivered again: %v", name, n, after, err)
					}
				}
				w.heardOnce(fmt.Sprintf("%s, dies at call %d (after it: %t)", name, n, after), sub, bot)
				points++
			}
		}
		t.Logf("%-24s %2d ways to die", name, points)
	}
}

// heardOnce holds the end of a call in which two things were said in 42 seconds.
func (w *world) heardOnce(what, sub, bot string) {
	w.t.Helper()
	p := w.read(sub, bot)
	if texts(p) != "Hello.|Lost." || p.Next != 2 || p.Status != "done" || p.PollAfterMS != 0 {
		w.t.Errorf("%s: the transcript is %+v", what, p)
	}
	if got := n(w.row("entitlements", notetaker.Item{"cognito_sub": str(sub)})["bot_seconds_used"]); got != "142" {
		w.t.Errorf("%s: %s s are booked, want 142", what, got)
	}
}
