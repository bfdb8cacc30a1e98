package notetaker_test

import (
	"errors"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// wished reports whether the user's wish for a meeting is on record.
func (w *world) wished(x notetaker.Wish) bool {
	w.t.Helper()
	return len(w.row("dispatches", notetaker.Item{"room_start": str(notetaker.Key(x.Link, x.Start)), "owner": str(x.Sub)})) > 0
}

// TestWhoeverLeavesTakesTheirBotsAlong has one bot in a call, one to come, one
// shared with somebody else, and one that somebody else has alone.
func TestWhoeverLeavesTakesTheirBotsAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "team")
	w.user("u2", "team")
	const meet, webex = "https://meet.google.com/abc-defg-hij", "https://meet.google.com/xyz-abcd-efg"
	there := w.want(w.wish("u1", zoom, w.now()))
	later, shared, others := w.wish("u1", zoom, w.now().Add(time.Hour)), w.wish("u1", meet, w.now().Add(2*time.Hour)), w.wish("u2", webex, w.now().Add(time.Hour))
	w.want(later)
	w.want(shared)
	theirs := shared
	theirs.Sub = "u2"
	w.want(theirs)
	w.want(others)
	w.pass(10 * time.Second)
	w.liveIs(4)

	for range 2 {
		if err := w.desk.StopAll(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(30 * time.Second)
	w.liveIs(2)
	for _, x := range []notetaker.Wish{later, shared} {
		if w.wished(x) {
			t.Errorf("the wish of u1 for %s is still on record", x.Link.Room())
		}
	}
	if !w.wished(theirs) || !w.wished(others) {
		t.Error("a wish of u2 is gone")
	}
	for _, v := range w.views("u1") {
		if v.BotID == there.BotID && v.Status != "call_ended" && v.Status != "done" && v.Status != notetaker.Cancelled {
			t.Errorf("the bot in the call is %s", v.Status)
		}
	}
}

// TestLeavingGoesOnPastABotThatCannotBeStopped tries again until Recall answers.
func TestLeavingGoesOnPastABotThatCannotBeStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "team")
	w.want(w.wish("u1", zoom, w.now().Add(time.Hour)))
	w.want(w.wish("u1", zoom, w.now().Add(2*time.Hour)))
	mend := w.recall.Inject(recalltest.Fault{Status: 500})
	if err := w.desk.StopAll(t.Context(), "u1"); !errors.Is(err, notetaker.ErrRecall) {
		t.Errorf("while Recall is down: %v, want ErrRecall", err)
	}
	mend()
	w.skip(time.Minute) // the leases of the first try end
	if err := w.desk.StopAll(t.Context(), "u1"); err != nil {
		t.Error(err)
	}
	w.liveIs(0)
}

func TestLeavingWithoutBots(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	if err := w.desk.StopAll(t.Context(), "u1"); err != nil || len(w.recall.Calls()) != 0 {
		t.Errorf("StopAll = %v after %d calls, want nothing done", err, len(w.recall.Calls()))
	}
}
