package notetaker_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// TestManyOrdersForNowMakeOneBot lets many users order at once, while a minute
// ends and another one begins: which of them the room's bot is of is settled once.
func TestManyOrdersForNowMakeOneBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.skip(29 * time.Second) // 15:00:59
	var users []string
	for i := range 16 {
		users = append(users, fmt.Sprintf("u%d", i))
		w.user(users[i], "pro")
	}
	var mu sync.Mutex
	got := map[string]bool{}
	var wg sync.WaitGroup
	for i, sub := range users {
		wg.Go(func() {
			if i == len(users)/2 {
				w.skip(2 * time.Second)
			}
			p, err := w.desk.Join(t.Context(), sub, notetaker.Order{MeetingURL: zoom})
			if err != nil {
				t.Errorf("%s: %v", sub, err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[p.BotID] = true
		})
	}
	wg.Wait()
	w.liveIs(1)
	if len(got) != 1 {
		t.Errorf("the users were told of the bots %v, want one", got)
	}
	for _, sub := range users {
		if v := w.views(sub); len(v) != 1 || !got[v[0].BotID] {
			t.Errorf("the list of %s is %+v, want the one bot", sub, v)
		}
	}
}

// TestWhichBotIsTheOneForNow crosses what the room has already with an order for
// right now.
func TestWhichBotIsTheOneForNow(t *testing.T) {
	t.Parallel()
	calendar := func(sub string, in time.Duration) func(*world) {
		return func(w *world) { w.want(w.wish(sub, zoom, w.now().Add(in))) }
	}
	byHand := func(sub string, ago time.Duration) func(*world) {
		return func(w *world) {
			if _, err := w.desk.Join(w.t.Context(), sub, notetaker.Order{MeetingURL: zoom}); err != nil {
				w.t.Fatal(err)
			}
			w.pass(ago)
		}
	}
	short := []recalltest.Line{{At: time.Second, ID: 1, Text: "Hello."}}
	long := []recalltest.Line{{At: time.Second, ID: 1, Text: "Hello."}, {At: 3 * time.Hour, ID: 1, Text: "Still here."}}
	tests := []struct {
		name   string
		before func(*world)
		script []recalltest.Line
		bots   int // in all, after the order
		live   int
	}{
		{name: "nothing is there", before: func(*world) {}, script: long, bots: 1, live: 1},
		{name: "the caller's own is due in ten minutes", before: calendar("u1", 10*time.Minute), script: long, bots: 1, live: 1},
		{name: "the caller's own is due in an hour", before: calendar("u1", time.Hour), script: long, bots: 2, live: 2},
		{name: "somebody else's came a moment ago", before: byHand("u2", 5*time.Second), script: long, bots: 1, live: 1},
		{name: "somebody else's has been there for two hours", before: byHand("u2", 2*time.Hour), script: long, bots: 1, live: 1},
		{name: "somebody else's has left", before: byHand("u2", 5*time.Minute), script: short, bots: 2, live: 1},
		{name: "the caller's own has left", before: byHand("u1", 5*time.Minute), script: short, bots: 2, live: 1},
		{name: "the caller has stopped it", before: func(w *world) {
			byHand("u1", 10*time.Second)(w)
			if err := w.desk.Stop(w.t.Context(), "u1", w.views("u1")[0].BotID); err != nil {
				w.t.Fatal(err)
			}
			w.pass(10 * time.Second)
		}, script: long, bots: 2, live: 1},
	}
	db := dynamotest.New(t)
	for i, tt := range tests {
		w := newWorld(t, db, tt.script...)
		w.skip(time.Duration(i) * 24 * time.Hour) // a day of its own in the room
		w.user("u1", "team")
		w.user("u2", "team")
		tt.before(w)
		for range 2 { // also a second time
			if _, err := w.desk.Join(t.Context(), "u1", notetaker.Order{MeetingURL: zoom}); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if bots, live := len(w.recall.Bots()), len(w.live()); bots != tt.bots || live != tt.live {
			t.Errorf("%s: %d bots were made and %d are live, want %d and %d", tt.name, bots, live, tt.bots, tt.live)
		}
	}
}
