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

// TestASkipEndsWithTheNextLook holds that it bars a calendar until somebody has
// looked at the calendar, and goes nowhere; a stop of the bot stays.
func TestASkipEndsWithTheNextLook(t *testing.T) {
	t.Parallel()
	type look func(w *world, sub string, from, to notetaker.Place) error
	leaves := func(w *world, sub string, from, _ notetaker.Place) error {
		return w.desk.Leave(w.t.Context(), sub, from.Link, from.Start)
	}
	carries := func(stays bool) look {
		return func(w *world, sub string, from, to notetaker.Place) error {
			return w.desk.Carry(w.t.Context(), sub, from, to, stays)
		}
	}
	withdraws := func(w *world, sub string, from, _ notetaker.Place) error {
		return w.desk.Withdraw(w.t.Context(), sub, from.Link, from.Start)
	}
	tests := []struct {
		name        string
		stop        bool // and then skip
		look        look
		here, there error // of Want, afterwards
	}{
		{name: "nobody is there any more", look: leaves},
		{name: "it goes elsewhere", look: carries(false)},
		{name: "it goes elsewhere, and another stays", look: carries(true)},
		{name: "only its wish is taken back", look: withdraws, here: notetaker.ErrStopped},
		{name: "its bot was stopped before, and nobody is there any more", stop: true, look: leaves, here: notetaker.ErrStopped},
		{name: "its bot was stopped before, and it goes elsewhere", stop: true, look: carries(false), there: notetaker.ErrStopped},
		{name: "its bot was stopped before, it goes elsewhere, and another stays", stop: true, look: carries(true), here: notetaker.ErrStopped, there: notetaker.ErrStopped},
	}
	db := dynamotest.New(t)
	for i, tt := range tests {
		w := newWorld(t, db)
		w.user(tt.name, "pro")
		x := w.wish(tt.name, zoom, w.now().Add(time.Duration(10*i+200)*time.Hour))
		y := w.wish(tt.name, zoom, x.Start.Add(3*time.Hour))
		p := w.want(x)
		if tt.stop {
			if err := w.desk.Stop(t.Context(), tt.name, p.BotID); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		if err := w.desk.Skip(t.Context(), tt.name, x.Link, x.Start, true); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, err := w.desk.Want(t.Context(), x); !errors.Is(err, notetaker.ErrStopped) {
			t.Errorf("%s: Want before the look = %v, want ErrStopped", tt.name, err)
		}
		if err := tt.look(w, tt.name, notetaker.Place{Link: x.Link, Start: x.Start}, notetaker.Place{Link: y.Link, Start: y.Start}); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, err := w.desk.Want(t.Context(), x); !errors.Is(err, tt.here) {
			t.Errorf("%s: Want = %v, want %v", tt.name, err, tt.here)
		}
		if _, err := w.desk.Want(t.Context(), y); !errors.Is(err, tt.there) {
			t.Errorf("%s: Want elsewhere = %v, want %v", tt.name, err, tt.there)
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
