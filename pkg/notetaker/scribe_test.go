package notetaker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/hook"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

// send signs a webhook as Recall does and hands it to the scribe.
func (w *world) send(token, body string) (notetaker.Receipt, error) {
	h := http.Header{}
	w.recall.Sign(h, "msg_1", []byte(body))
	return w.scribe.Take(w.t.Context(), h, token, []byte(body))
}

func utterance(bot, text string) string {
	return fmt.Sprintf(`{"event":"transcript.data","data":{"data":{"words":[{"text":%q,"start_timestamp":{"relative":1},"end_timestamp":null}],"participant":{"id":1,"name":null}},"bot":{"id":"r1","metadata":{"bot_id":%q}}}}`, text, bot)
}

func status(bot, code string, second int) string {
	return fmt.Sprintf(`{"event":"bot.%s","data":{"data":{"code":%q,"sub_code":null,"updated_at":"2026-11-20T15:00:%02dZ"},"bot":{"id":"r1","metadata":{"bot_id":%q}}}}`, code, code, second, bot)
}

func TestWhatIsTakenOfWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	tests := []struct {
		name, token, body, want string
	}{
		{"an utterance", token, utterance("bot_1", "Hello."), notetaker.Stored},
		{"the same again", token, utterance("bot_1", "Hello."), notetaker.Duplicate},
		{"an utterance without words", token, utterance("bot_1", " "), notetaker.Ignored},
		{"an event of a kind that nobody reads", "", `{"event":"recording.done","data":{"bot":{"id":"r1"}}}`, notetaker.Ignored},
		{"a participant", token, `{"event":"participant_events.join","data":{"bot":{"id":"r1"}}}`, notetaker.Ignored},
		{"no JSON", "", `{`, notetaker.Unreadable},
		{"no bot", token, `{"event":"transcript.data","data":{}}`, notetaker.Unreadable},
		{"an utterance of another form", token, `{"event":"transcript.data","data":{"data":[],"bot":{"id":"r1"}}}`, notetaker.Unreadable},
		{"a status without its code", "", `{"event":"bot.done","data":{"data":{},"bot":{"id":"r1"}}}`, notetaker.Unreadable},
		{"a bot that was not ordered here", token, utterance("", "Kept."), notetaker.Stored},
	}
	for _, tt := range tests {
		got, err := w.send(tt.token, tt.body)
		if err != nil || got.Outcome != tt.want {
			t.Errorf("%s: %+v, %v, want %s", tt.name, got, err, tt.want)
		}
	}
	if row := w.row("chunks", notetaker.Item{"bot_id": str("recall_r1"), "seq": num(1)}); row == nil {
		t.Error("what the unknown bot heard is lost")
	}
}

func TestForgedWebhooksAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	body := utterance("bot_1", "Forged.")
	for _, bad := range []string{"", "local-tokem", "local-token2"} {
		if _, err := w.send(bad, body); !errors.Is(err, hook.ErrSignature) {
			t.Errorf("with the token %q: %v, want ErrSignature", bad, err)
		}
	}
	if _, err := w.scribe.Take(t.Context(), http.Header{}, token, []byte(body)); !errors.Is(err, hook.ErrSignature) {
		t.Errorf("unsigned: %v, want ErrSignature", err)
	}
	if _, err := w.send(token, strings.Repeat(" ", notetaker.MaxWebhookBody)+body); !errors.Is(err, notetaker.ErrBodyTooLarge) {
		t.Errorf("too large: %v, want ErrBodyTooLarge", err)
	}
	for name, s := range map[string]recall.Secret{
		"no secret": {URLToken: token}, "an empty secret": {URLToken: token, WebhookSecrets: []string{"whsec_"}}, "no token": {WebhookSecrets: []string{recalltest.TestSecret}},
	} {
		w.scribe.Keys = recall.FixedKeys(s)
		if _, err := w.send(token, body); !errors.Is(err, notetaker.ErrNoSecret) || notetaker.CheckSecrets(s) == nil {
			t.Errorf("configured with %s: %v, want ErrNoSecret", name, err)
		}
	}
	if row := w.row("chunks", notetaker.Item{"bot_id": str("bot_1"), "seq": num(1)}); row != nil {
		t.Errorf("a forged utterance was stored: %v", row)
	}
}

func TestABadSignatureAsksForNewSecretsOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	asked := 0
	w.scribe.Keys = func(ctx context.Context, call func(context.Context, recall.Secret) error) error {
		err := call(ctx, recall.Secret{WebhookSecrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, URLToken: token})
		if errors.Is(err, boot.ErrRejected) {
			asked++
		}
		return err
	}
	for range 5 {
		_, _ = w.send(token, utterance("bot_1", "x"))
	}
	w.skip(time.Minute)
	_, _ = w.send(token, utterance("bot_1", "x"))
	if asked != 2 {
		t.Errorf("secrets were asked for %d times, want 2", asked)
	}
}

// TestStatusesInAnyOrder delivers a bot's statuses in many orders, each twice:
// the end is always the end.
func TestStatusesInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	codes := []string{"joining_call", "in_waiting_room", "in_call_not_recording", "in_call_recording", "call_ended", "done"}
	for i := range 40 {
		bot := fmt.Sprintf("bot_%d", i)
		var all []string
		for second, c := range codes {
			all = append(all, status(bot, c, second), status(bot, c, second))
		}
		r := rand.New(rand.NewPCG(uint64(i), 7))
		r.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		for _, body := range all {
			if _, err := w.send("", body); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.row("chunks", notetaker.Item{"bot_id": str(bot), "seq": num(0)}); fmt.Sprint(got["code"]) != fmt.Sprint(str("done")) {
			t.Errorf("order %d ends in %v", i, got["code"])
		}
	}
}

func TestARecordingThatStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	for second, want := range []string{"in_call_recording", "in_call_not_recording", "in_call_recording"} {
		if _, err := w.send("", status("bot_1", want, second)); err != nil {
			t.Fatal(err)
		}
		got := w.row("chunks", notetaker.Item{"bot_id": str("bot_1"), "seq": num(0)})
		if fmt.Sprint(got["code"]) != fmt.Sprint(str(want)) {
			t.Errorf("after %s the code is %v", want, got["code"])
		}
	}
}

func TestTimeIsBookedOnceAndInItsMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	rows := map[string]notetaker.Item{
		"u1": {"usage_period": str("2026-11"), "bot_seconds_used": num(100), "ask_used": num(7)},
		"u2": {"usage_period": str("2026-10"), "bot_seconds_used": num(999), "ask_used": num(9)},
		"u3": {},
	}
	for sub, row := range rows {
		row["cognito_sub"] = str(sub)
		put(t, w.db, "entitlements", row)
		put(t, w.db, "bots", notetaker.Item{"cognito_sub": str(sub), "bot_id": str("bot_1")})
	}
	for _, s := range []struct {
		code   string
		second int
	}{{"joining_call", 10}, {"call_ended", 52}, {"done", 55}, {"joining_call", 10}, {"done", 55}} {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := w.send("", status("bot_1", s.code, s.second)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	for sub, want := range map[string]string{"u1": "142 7", "u2": "42 0", "u3": "42 0"} {
		row := w.row("entitlements", notetaker.Item{"cognito_sub": str(sub)})
		if got := n(row["bot_seconds_used"]) + " " + n(row["ask_used"]); got != want || fmt.Sprint(row["usage_period"]) != fmt.Sprint(str("2026-11")) {
			t.Errorf("%s used %s in %v, want %s in this month", sub, got, row["usage_period"], want)
		}
	}
}

// FuzzTake holds that nothing signed can break the scribe: an answer, or an
// error that makes Recall come again only when the store is down.
func FuzzTake(f *testing.F) {
	f.Add(utterance("bot_1", "Hello."))
	f.Add(status("bot_1", "done", 1))
	f.Add(`{"event":"transcript.data","data":{"data":{"words":[{"text":"a","start_timestamp":{"relative":1e300}}],"participant":{"id":-1}},"bot":{"id":"r"}}}`)
	f.Add(`{"event":"transcript.data","data":{"data":{"words":[null,{"start_timestamp":null}],"participant":null},"bot":{"id":"r","metadata":null}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		u, ok := notetaker.ReadUtterance([]byte(body))
		if !ok {
			return
		}
		if u.Text == "" || u.StartMS < 0 || u.EndMS < u.StartMS || !json.Valid([]byte(body)) {
			t.Errorf("%q is read as %+v", body, u)
		}
	})
}
