package follow_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/boot/rapidtest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 24)) }

// model is what two users want, in two calendars and two rooms.
type model struct {
	*world
	rt      *rapid.T
	users   []string
	rooms   []string
	events  []string                   // ids of events and occurrences
	skipped map[string]map[string]bool // by user: the events that no bot shall join
	stopped map[string]map[string]bool // by user: the events whose bot was called off
	no      map[string]map[string]bool // by user: the places at which such an event has been
	off     map[string]bool            // by user: joins nothing
}

func (m *model) pick(all []string, what string) string {
	return rapid.SampledFrom(all).Draw(m.rt, what)
}

// slot is a start on the half hour, so that meetings meet.
func (m *model) slot() time.Time {
	return m.now().Truncate(30 * time.Minute).Add(time.Duration(rapid.IntRange(2, 5).Draw(m.rt, "slot")) * 30 * time.Minute)
}

func (m *model) event() (string, bool) {
	if len(m.events) == 0 {
		return "", false
	}
	return m.pick(m.events, "event"), true
}

// edit is something that a person does in a calendar.
func (m *model) edit() {
	owner, other := m.pick(m.users, "owner"), m.pick(m.users, "guest")
	do := m.pick([]string{"add", "add", "series", "move", "move", "move", "cancel", "answer", "copy", "copy", "following", "restore"}, "edit")
	id, some := m.event()
	if !some && do != "series" {
		do = "add"
	}
	switch do {
	case "add", "series":
		meeting := googletest.Meeting{Title: do, Start: m.slot(), Conference: m.pick(m.rooms, "room")}
		if other != owner {
			meeting.Guests = []googletest.Guest{{Email: owner + mail, Response: "accepted"}, {Email: other + mail, Response: "needsAction"}}
		}
		if do == "series" {
			meeting.Every, meeting.Times = time.Hour, 3
		}
		id := m.google.Calendars.Add(owner+mail, meeting)
		if do == "add" {
			m.events = append(m.events, id)
			return
		}
		for k := range 3 {
			m.events = append(m.events, id+"_"+meeting.Start.Add(time.Duration(k)*time.Hour).UTC().Format("20060102T150405Z"))
		}
	case "move":
		_ = m.google.Calendars.Move(id, m.slot()) // an occurrence may be gone by a split
	case "cancel":
		_ = m.google.Calendars.Cancel(id)
	case "answer":
		_ = m.google.Calendars.Respond(owner+mail, id, m.pick([]string{googletest.Accepted, googletest.Declined, googletest.Tentative}, "answer"))
	case "copy":
		if twin, err := m.google.Calendars.Copy(id); err == nil {
			m.events = append(m.events, twin)
		}
	case "following":
		_, _ = m.google.Calendars.Following(id, 30*time.Minute) // only occurrences can be split
	case "restore":
		if !m.stopped[owner][id] && !m.stopped[other][id] { // a stop goes along with what is in the calendar
			_ = m.google.Calendars.Restore(id)
		}
	}
}

const mail = "@gmail.example"

// tick runs the poll and does the jobs: each once, or twice, or not at all. The
// process may die at any call.
func (m *model) tick() {
	m.life.left = -1
	if rapid.IntRange(0, 2).Draw(m.rt, "dies") == 0 {
		m.life.left = rapid.IntRange(1, 60).Draw(m.rt, "calls")
	}
	_, _ = m.poller.Run(m.t.Context()) // what it does not manage stays due
	jobs := m.jobs
	m.jobs = nil
	for _, j := range jobs {
		for range rapid.IntRange(0, 2).Draw(m.rt, "deliveries") {
			_ = m.follower.Sync(m.t.Context(), j)
		}
	}
	m.life.left = -1
}

// skip is a user's word about one meeting, on the page.
func (m *model) skip() {
	sub := m.pick(m.users, "user")
	up := m.connection(sub).Upcoming
	if len(up) == 0 {
		return
	}
	x := rapid.SampledFrom(up).Draw(m.rt, "meeting")
	if slices.IndexFunc(up, func(o calendar.Meeting) bool { return o.EventID == x.EventID }) != slices.IndexFunc(up, func(o calendar.Meeting) bool { return o == x }) {
		return // the page shows where it is now
	}
	yes := rapid.Bool().Draw(m.rt, "skip")
	m.change(sub, calendar.Change{Skip: map[string]bool{x.EventID: yes}})
	if m.skipped[sub][x.EventID] = yes; !yes { // which takes back also that the bot was called off
		m.no[sub][x.Key] = false
		m.stop(sub, x.Key, false)
	}
}

// change is a user's, who tries again when told to.
func (m *model) change(sub string, ch calendar.Change) {
	if _, err := m.settings().Change(m.t.Context(), sub, ch); err != nil {
		m.mend()
		m.pass(30 * time.Second)
		if _, err := m.settings().Change(m.t.Context(), sub, ch); err != nil {
			m.rt.Fatalf("change %+v the second time: %v", ch, err)
		}
	}
}

// stop notes whether the user wants no bot for the meetings that are shown at a place.
func (m *model) stop(sub, key string, stop bool) {
	for _, x := range m.connection(sub).Upcoming {
		if x.Key == key {
			m.stopped[sub][x.EventID] = stop
		}
	}
}

// callOff is a user's word about a bot.
func (m *model) callOff() {
	sub := m.pick(m.users, "user")
	bots, err := notetaker.Lister{Store: m.desk.Store}.List(m.t.Context(), sub)
	if err != nil {
		m.rt.Fatal(err)
	}
	bots = slices.DeleteFunc(bots, func(v notetaker.View) bool { return v.Status != notetaker.Scheduled })
	if len(bots) == 0 {
		return
	}
	b := rapid.SampledFrom(bots).Draw(m.rt, "bot")
	if m.desk.Stop(m.t.Context(), sub, b.BotID) != nil {
		m.mend()
		m.pass(30 * time.Second)
		if err := m.desk.Stop(m.t.Context(), sub, b.BotID); err != nil {
			m.rt.Fatalf("stop %s the second time: %v", b.BotID, err)
		}
	}
	start, err := time.Parse(time.RFC3339, b.JoinAt)
	if err != nil {
		m.rt.Fatal(err)
	}
	key := m.key(b.MeetingURL, start)
	m.no[sub][key] = true
	m.stop(sub, key, true)
}

// trail notes where the meetings are whose bots were called off. Such a word goes
// along with its meeting, and stays where that ends: it may come back there.
func (m *model) trail() {
	for _, sub := range m.users {
		for _, x := range m.google.Calendars.List(sub+mail, m.now(), m.now().Add(72*time.Hour)) {
			if m.stopped[sub][x.ID] && !x.Cancelled {
				m.no[sub][m.key(x.Conference, x.Start)] = true
			}
		}
	}
}

func (m *model) trouble() {
	if rapid.Bool().Draw(m.rt, "of google") {
		m.google.Break(googletest.Fault{
			Match: m.pick([]string{"GET /calendar/", "POST /token"}, "match"), Times: rapid.IntRange(1, 3).Draw(m.rt, "times"),
			Status: rapid.SampledFrom([]int{0, 429, 500, 503}).Draw(m.rt, "status"),
		})
		return
	}
	m.recall.Inject(recalltest.Fault{
		Method: m.pick([]string{"", "POST", "DELETE", "GET"}, "method"), After: rapid.Bool().Draw(m.rt, "after"),
		Status: rapid.SampledFrom([]int{0, 429, 500, 507}).Draw(m.rt, "status"), Times: rapid.IntRange(1, 3).Draw(m.rt, "times"),
	})
}

func (m *model) mend() {
	m.google.Calm()
	m.recall.MendAll()
	m.life.left = -1
}

// never holds what must hold at every moment.
func (m *model) never() {
	for key, bots := range m.live() {
		if len(bots) > 1 {
			m.rt.Fatalf("%d live bots at %s", len(bots), key)
		}
	}
}

func (m *model) act() {
	switch m.pick([]string{"edit", "edit", "edit", "tick", "tick", "tick", "skip", "stop", "trouble", "time", "off"}, "act") {
	case "edit":
		m.edit()
	case "tick":
		m.tick()
	case "skip":
		m.skip()
	case "stop":
		m.callOff()
	case "trouble":
		m.trouble()
	case "time":
		m.pass(time.Duration(rapid.IntRange(10, 400).Draw(m.rt, "seconds")) * time.Second)
	case "off":
		sub := m.pick(m.users, "user")
		on := rapid.Bool().Draw(m.rt, "on")
		m.change(sub, calendar.Change{AutoJoin: &on})
		m.off[sub] = !on
	}
	m.trail()
	m.never()
}

// wanted says at which places a bot must be, and at which one may be: a user who
// said no to one of two meetings at a place is taken at the word for both, or not,
// and so is one who called a bot off where there is another meeting now.
func (m *model) wanted() (must, may map[string]bool) {
	must, may = map[string]bool{}, map[string]bool{}
	for _, sub := range m.users {
		doubt := map[string]bool{}
		for pass := range 2 {
			for _, x := range m.google.Calendars.List(sub+mail, m.now(), m.now().Add(72*time.Hour)) {
				key := m.key(x.Conference, x.Start)
				no := m.skipped[sub][x.ID] || m.stopped[sub][x.ID]
				switch {
				case m.off[sub] || x.Cancelled:
				case pass == 0 && no:
					doubt[key] = true
				case pass == 1 && !no && x.Response(sub+mail) != googletest.Declined:
					may[key] = true
					must[key] = must[key] || !doubt[key] && !m.no[sub][key]
				}
			}
		}
	}
	return must, may
}

// settle lets the trouble pass, and each calendar be looked at again.
func (m *model) settle() {
	m.mend()
	for range 4 {
		m.pass(65 * time.Second)
		for _, sub := range m.users {
			m.sync(sub)
		}
		m.never()
	}
	must, may := m.wanted()
	live := m.live()
	for _, key := range slices.Sorted(maps.Keys(must)) {
		if must[key] && len(live[key]) != 1 {
			m.rt.Fatalf("no bot at %s, where one is wanted\n%s", key, m.story())
		}
	}
	for key, bots := range live {
		// A bot this close to its start cannot be called off: it goes when it shows itself.
		if !may[key] && bots[0].JoinAt.Sub(m.now()) > 15*time.Minute {
			m.rt.Fatalf("a bot at %s, where nobody wants one\n%s", key, m.story())
		}
	}
}

// story is what a failure is understood by.
func (m *model) story() (s string) {
	for _, sub := range m.users {
		s += fmt.Sprintf("%s off %t, skipped %v, stopped %v, at %v\n", sub, m.off[sub], m.skipped[sub], m.stopped[sub], m.no[sub])
		for _, x := range m.google.Calendars.List(sub+mail, m.now(), m.now().Add(72*time.Hour)) {
			s += fmt.Sprintf("  in the calendar: %s at %s, cancelled %t, %s\n", x.ID, m.key(x.Conference, x.Start), x.Cancelled, x.Response(sub+mail))
		}
		for _, x := range m.connection(sub).Upcoming {
			s += fmt.Sprintf("  in the row: %s at %s, %s %s\n", x.EventID, x.Key, x.Bot, x.Reason)
		}
	}
	return s
}

// TestModel lets calendars be edited, polls run, parties fail and processes die in
// any order. There are never two bots at one place, never one that nobody wants,
// and in the end one wherever one is wanted.
func TestModel(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	var serial atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		n := serial.Add(1)
		m := &model{
			world: newWorld(t, db), rt: rt, off: map[string]bool{},
			skipped: map[string]map[string]bool{}, stopped: map[string]map[string]bool{}, no: map[string]map[string]bool{},
			rooms: []string{fmt.Sprintf("https://zoom.us/j/6%08d?pwd=x", n), fmt.Sprintf("https://zoom.us/j/7%08d", n)},
		}
		for i := range 2 {
			sub := fmt.Sprintf("user-%d-%d", n, i)
			m.user(sub, "team")
			m.users = append(m.users, sub)
			m.skipped[sub], m.stopped[sub], m.no[sub] = map[string]bool{}, map[string]bool{}, map[string]bool{}
		}
		defer m.leave()
		for range rapid.IntRange(5, 40).Draw(rt, "acts") {
			m.act()
		}
		m.settle()
	})
}

// leave takes this round's connections out of the next one's polls.
func (m *model) leave() {
	for _, sub := range m.users {
		if err := m.store.Delete(m.t.Context(), m.connection(sub)); err != nil {
			m.t.Error(err)
		}
	}
}
