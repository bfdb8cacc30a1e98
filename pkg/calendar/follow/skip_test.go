package follow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/googletest"
)

// diary is a user's calendar with the meeting "a", in two hours, and whatever a
// test makes of it.
type diary struct {
	*world
	sub  string
	room string
	ids  map[string]string // of meetings, by title
}

func newDiary(t *testing.T, db *dynamotest.DB, n int) *diary {
	t.Helper()
	d := &diary{world: newWorld(t, db), sub: fmt.Sprintf("u%d", n), room: fmt.Sprintf("https://zoom.us/j/9%09d", n), ids: map[string]string{}}
	d.user(d.sub, "team")
	d.enter("a", 2*time.Hour)
	d.look()
	return d
}

func (d *diary) enter(title string, in time.Duration) {
	d.ids[title] = d.google.Calendars.Add(d.sub+mail, googletest.Meeting{Title: title, Start: d.begin().Add(in), Conference: d.room})
}

// begin is a moment that does not go on: what is entered for the same time is at
// the same place.
func (d *diary) begin() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }

func (d *diary) look() { d.pass(time.Minute); d.sync(d.sub) }

func (d *diary) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", d.sub, err)
	}
}

func (d *diary) move(title string, in time.Duration) {
	d.t.Helper()
	d.must(d.google.Calendars.Move(d.ids[title], d.begin().Add(in)))
}

func (d *diary) cancel(title string) {
	d.t.Helper()
	d.must(d.google.Calendars.Cancel(d.ids[title]))
}

func (d *diary) skip(title string, skip bool) {
	d.t.Helper()
	_, err := d.settings().Change(d.t.Context(), d.sub, calendar.Change{Skip: map[string]bool{d.ids[title]: skip}})
	d.must(err)
}

// stop calls the one bot off on its own page.
func (d *diary) stop() {
	d.t.Helper()
	d.must(d.desk.Stop(d.t.Context(), d.sub, d.recall.Bots()[0].Metadata["bot_id"]))
}

// shown is what the row says, by title.
func (d *diary) shown() map[string]string {
	out := map[string]string{}
	for _, m := range d.connection(d.sub).Upcoming {
		out[m.Title] = fmt.Sprintf("%s %s", m.Bot, m.Reason)
	}
	return out
}

// TestASkipIsForItsMeetingAlone holds that it bars no other meeting in the same room
// at the same time, as long as the skipped one is not there.
func TestASkipIsForItsMeetingAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(d *diary)
		want map[string]string
		live int
	}{
		{"another comes where it was cancelled", func(d *diary) { d.skip("a", true); d.look(); d.cancel("a"); d.enter("b", 2*time.Hour) }, map[string]string{"b": "scheduled "}, 1},
		{"another comes before anybody has looked", func(d *diary) { d.skip("a", true); d.cancel("a"); d.enter("b", 2*time.Hour) }, map[string]string{"b": "scheduled "}, 1},
		{"it moves to be cancelled there, and another comes", func(d *diary) {
			d.skip("a", true)
			d.move("a", 3*time.Hour)
			d.enter("b", 2*time.Hour)
			d.look()
			d.cancel("a")
			d.enter("c", 3*time.Hour)
		}, map[string]string{"b": "scheduled ", "c": "scheduled "}, 2},
		{"a copy is with it", func(d *diary) { d.enter("b", 2*time.Hour); d.look(); d.skip("a", true) }, map[string]string{"a": "skipped skipped", "b": "skipped skipped"}, 0},
		{"a copy moves away from it", func(d *diary) { d.enter("b", 2*time.Hour); d.skip("a", true); d.look(); d.move("b", 3*time.Hour) }, map[string]string{"a": "skipped skipped", "b": "scheduled "}, 1},
		{"it moves away from a copy", func(d *diary) { d.enter("b", 2*time.Hour); d.skip("a", true); d.look(); d.move("a", 3*time.Hour) }, map[string]string{"a": "skipped skipped", "b": "scheduled "}, 1},
		{"it is cancelled before its copy", func(d *diary) { d.enter("b", 2*time.Hour); d.look(); d.skip("a", true); d.cancel("a") }, map[string]string{"b": "scheduled "}, 1},
		{"it is cancelled and comes back", func(d *diary) {
			d.skip("a", true)
			d.cancel("a")
			d.look()
			d.must(d.google.Calendars.Restore(d.ids["a"]))
		}, map[string]string{"a": "skipped skipped"}, 0},
		{"a bot that was called off stays away from whoever comes", func(d *diary) {
			d.stop()
			d.cancel("a")
			d.enter("b", 2*time.Hour)
			d.pass(95 * time.Minute) // so near it is asked for in any case
		}, map[string]string{"b": "skipped stopped"}, 0},
		{"also where its meeting went", func(d *diary) {
			d.stop()
			d.move("a", 3*time.Hour)
			d.look()
			d.cancel("a")
			d.enter("b", 3*time.Hour)
		}, map[string]string{"b": "skipped stopped"}, 0},
		{"also after a skip of its meeting", func(d *diary) { d.stop(); d.skip("a", true); d.look(); d.cancel("a"); d.enter("b", 2*time.Hour) }, map[string]string{"b": "skipped stopped"}, 0},
		{"no skip any more takes that back too", func(d *diary) { d.stop(); d.look(); d.skip("a", false) }, map[string]string{"a": "scheduled "}, 1},
	}
	db := dynamotest.New(t)
	for i, tt := range tests {
		d := newDiary(t, db, i)
		tt.do(d)
		d.look()
		d.look()
		if diff := cmp.Diff(tt.want, d.shown()); diff != "" {
			t.Errorf("%s: the row (-want +got):\n%s", tt.name, diff)
		}
		if got := len(d.live()); got != tt.live {
			t.Errorf("%s: %d live bots, want %d", tt.name, got, tt.live)
		}
	}
}
