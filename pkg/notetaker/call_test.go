package notetaker_test

import (
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// TestACallFromBeginningToEnd sends a bot by hand and follows it.
func TestACallFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t),
		recalltest.Line{At: time.Second, ID: 1, Speaker: "Ann", Text: "Hello."},
		recalltest.Line{At: 5 * time.Second, ID: 2, Text: "Who is there?"},
		recalltest.Line{At: 9 * time.Second, ID: 1, Speaker: "Ann", Text: "Lost on the way.", Unheard: true},
		recalltest.Line{At: 13 * time.Second, ID: 2, Speaker: "Ben", Text: "Bye."},
	)
	w.user("u1", "pro")
	order := notetaker.Order{MeetingURL: "Join " + zoom, Title: "Weekly"}
	p, err := w.desk.Join(t.Context(), "u1", order)
	if err != nil || p.Status != notetaker.Requested {
		t.Fatalf("Join = %+v, %v", p, err)
	}
	for i, want := range []string{"requested", "joining_call", "in_waiting_room"} {
		if got := w.read("u1", p.BotID).Status; got != want {
			t.Errorf("after %d s the status is %q, want %q", i, got, want)
		}
		w.pass(time.Second)
	}
	w.pass(14 * time.Second)
	page := w.read("u1", p.BotID)
	if got := texts(page); page.Status != "in_call_recording" || got != "Hello.|Who is there?" || page.Chunks[1].Speaker != "Speaker" || page.Chunks[0].StartMS != 1000 || page.Chunks[0].EndMS != 4000 {
		t.Errorf("live: %+v", page)
	}
	again, err := w.desk.Join(t.Context(), "u1", order) // a minute may have begun since
	if err != nil || again.BotID != p.BotID {
		t.Errorf("asking again = %+v, %v, want the same bot", again, err)
	}
	w.pass(20 * time.Second)
	page = w.read("u1", p.BotID)
	if got := texts(page); page.Status != "done" || got != "Hello.|Who is there?|Bye.|Lost on the way." || page.PollAfterMS != 0 {
		t.Errorf("at the end: %+v", page)
	}
	row := w.row("entitlements", notetaker.Item{"cognito_sub": str("u1")})
	if got := n(row["bot_seconds_used"]); got != "22" || n(row["ask_used"]) != "0" {
		t.Errorf("%s seconds are booked, want 22: from joining to the end of the call", got)
	}
}

func TestTwoUsersShareABotAndOneStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t),
		recalltest.Line{At: time.Second, ID: 1, Text: "For both."}, recalltest.Line{At: 20 * time.Second, ID: 1, Text: "For one."})
	w.user("u1", "pro")
	w.user("u2", "pro")
	p, err := w.desk.Join(t.Context(), "u1", notetaker.Order{MeetingURL: zoom})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(70 * time.Millisecond)
	q, err := w.desk.Join(t.Context(), "u2", notetaker.Order{MeetingURL: zoom})
	if err != nil || p.BotID != q.BotID {
		t.Fatalf("Join = %+v and %+v, %v, want one bot", p, q, err)
	}
	w.pass(12 * time.Second)
	if err := w.desk.Stop(t.Context(), "u1", p.BotID); err != nil {
		t.Fatal(err)
	}
	w.liveIs(1)
	w.pass(40 * time.Second)
	if got := w.read("u1", p.BotID); texts(got) != "For both." || got.Status != "done" || got.More {
		t.Errorf("who stopped reads %+v", got)
	}
	if got := texts(w.read("u2", p.BotID)); got != "For both.|For one." {
		t.Errorf("the other reads %q", got)
	}
}

func TestWebhooksThatFailForAWhileAreNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t), recalltest.Standup()...)
	w.user("u1", "pro")
	p, err := w.desk.Join(t.Context(), "u1", notetaker.Order{MeetingURL: zoom})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(8 * time.Second)
	w.deaf = true
	w.pass(15 * time.Second)
	w.deaf = false
	w.pass(10 * time.Minute)
	if got := w.read("u1", p.BotID); len(got.Chunks) != len(recalltest.Standup()) || got.Status != "done" || got.Next != int64(len(got.Chunks)) {
		t.Errorf("after 15 s without an endpoint: %+v, want all %d", got, len(recalltest.Standup()))
	}
}

func TestAnOldWorkspaceSignsByOtherHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	body := []byte(`{"event":"bot.in_call_recording","data":{"data":{"code":"in_call_recording","sub_code":null,"updated_at":"2026-11-20T15:00:00Z"},"bot":{"id":"r1","metadata":{"bot_id":"bot_1"}}}}`)
	old := recalltest.New(recalltest.Config{Now: w.now, Svix: true})
	h := map[string][]string{}
	old.Sign(h, "msg_1", body)
	for _, want := range []string{notetaker.Stored, notetaker.Duplicate} {
		got, err := w.scribe.Take(t.Context(), h, "", body)
		if err != nil || got.Outcome != want {
			t.Errorf("Take = %+v, %v, want %s", got, err, want)
		}
	}
}
