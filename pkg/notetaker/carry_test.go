package notetaker_test

import (
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
		another bool // somebody else wants the former place still
	}{
		{name: "a stopped one stays stopped at another time", stop: true, room: zoom, later: time.Hour, want: notetaker.ErrStopped},
		{name: "a stopped one stays stopped in another room", stop: true, room: "https://meet.google.com/abc-defg-hij", want: notetaker.ErrStopped},
		{name: "a wanted one goes along", room: zoom, later: time.Hour, live: 1},
		{name: "another user keeps the former place", room: zoom, later: time.Hour, live: 2, another: true},
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
			if err := w.desk.Carry(t.Context(), me, notetaker.Place{Link: from.Link, Start: from.Start}, notetaker.Place{Link: to.Link, Start: to.Start}); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if _, err := w.desk.Want(t.Context(), to); !errors.Is(err, tt.want) {
				t.Errorf("%s: Want = %v, want %v", tt.name, err, tt.want)
			}
		}
		if tt.stop && notetaker.Key(from.Link, from.Start) != notetaker.Key(to.Link, to.Start) {
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
