package notetaker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
)

func TestAStopGoesAlongWithItsMeeting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		stop    bool
		room    string // where the meeting goes
		later   time.Duration
		want    error
		live    int
		stays   bool // another meeting of the user is at the former place
		another bool // somebody else wants the former place still
	}{
		{name: "a stopped one stays stopped at another time", stop: true, room: zoom, later: time.Hour, want: notetaker.ErrStopped},
		{name: "a stopped one stays stopped in another room", stop: true, room: "https://meet.google.com/abc-defg-hij", want: notetaker.ErrStopped},
		{name: "a wanted one goes along", room: zoom, later: time.Hour, live: 1},
		{name: "another user keeps the former place", room: zoom, later: time.Hour, live: 2, another: true},
		{name: "a stop holds at both places when another meeting stays", stop: true, stays: true, room: zoom, later: time.Hour, want: notetaker.ErrStopped},
		{name: "a wish stays for another meeting", stays: true, room: zoom, later: time.Hour, live: 2},
		{name: "a stop stays where nothing moves", stop: true, room: zoom, want: notetaker.ErrStopped},
		{name: "a wish stays where nothing moves", room: zoom, live: 1},
	}
	db := dynamotest.New(t)
	for i, tt := range tests {
		w := newWorld(t, db)
		me, other := "me "+tt.name, "other "+tt.name
		w.user(me, "pro")
		w.user(other, "pro")
		from := w.wish(me, zoom, w.now().Add(time.Duration(10*i+2)*time.Hour))
		p := w.want(from)
		if tt.another {
			w.want(w.wish(other, zoom, from.Start))
		}
		if tt.stop {
			if err := w.desk.Stop(t.Context(), me, p.BotID); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		to := w.wish(me, tt.room, from.Start.Add(tt.later))
		for range 2 { // also a second time
			if err := w.desk.Carry(t.Context(), me, notetaker.Place{Link: from.Link, Start: from.Start}, notetaker.Place{Link: to.Link, Start: to.Start}, tt.stays); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if _, err := w.desk.Want(t.Context(), to); !errors.Is(err, tt.want) {
				t.Errorf("%s: Want = %v, want %v", tt.name, err, tt.want)
			}
		}
		if tt.stop && !tt.stays && notetaker.Key(from.Link, from.Start) != notetaker.Key(to.Link, to.Start) {
			if _, err := w.desk.Want(t.Context(), from); err != nil { // another meeting may be there now
				t.Errorf("%s: Want at the former place = %v", tt.name, err)
			}
			tt.live++
		}
		if got := w.live(); len(got) != tt.live {
			t.Errorf("%s: %d live bots, want %d", tt.name, len(got), tt.live)
		}
	}
}

// TestLeaveWaitsForWhoeverIsAtTheRoom kills a process in the middle of its order:
// Recall has the bot, and nobody wrote that down.
func TestLeaveWaitsForWhoeverIsAtTheRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	ctx, die := context.WithCancel(t.Context())
	way := &mortal{Bots: w.desk.Recall, die: die}
	w.desk.Recall = way
	if _, err := w.desk.Want(ctx, x); err == nil {
		t.Fatal("the process lives on")
	}
	way.die = nil
	w.liveIs(1)
	if err := w.desk.Leave(t.Context(), "u1", x.Link, x.Start); !errors.Is(err, notetaker.ErrRecall) {
		t.Errorf("Leave at once = %v, want ErrRecall: the other may be at it still", err)
	}
	w.skip(30 * time.Second)
	for range 2 {
		if err := w.desk.Leave(t.Context(), "u1", x.Link, x.Start); err != nil {
			t.Errorf("Leave half a minute later = %v", err)
		}
		w.liveIs(0)
	}
}
