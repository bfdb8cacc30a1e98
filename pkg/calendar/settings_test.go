package calendar_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/notetaker/link"
)

// change decodes a body, as the endpoint does.
func change(t *testing.T, body string) (ch calendar.Change) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &ch); err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestChange(t *testing.T) {
	t.Parallel()
	unlinked := calendar.Meeting{EventID: "e2", Title: "Lunch", Start: noon.Add(time.Hour), End: noon.Add(2 * time.Hour), Bot: calendar.NoBot, Reason: "no_link"}
	tests := []struct {
		name   string
		before calendar.Settings
		body   string
		after  calendar.Settings
		bots   map[string]calendar.Bot // by event; those not named stay
		told   []string                // the dispatcher
	}{
		{name: "nothing", before: calendar.Settings{AutoJoin: true, BotName: "B"}, body: `{}`, after: calendar.Settings{AutoJoin: true, BotName: "B"}},
		{name: "join by itself", body: `{"auto_join":true}`, after: calendar.Settings{AutoJoin: true}},
		{name: "no longer", before: calendar.Settings{AutoJoin: true}, body: `{"auto_join":false}`},
		{name: "null stays", before: calendar.Settings{AutoJoin: true}, body: `{"auto_join":null,"rules":null,"bot_name":null,"skip":null}`, after: calendar.Settings{AutoJoin: true}},
		{
			name: "one rule; the others stay", before: calendar.Settings{Rules: calendar.Rules{OnlyMine: true}},
			body: `{"rules":{"only_accepted":true}}`, after: calendar.Settings{Rules: calendar.Rules{OnlyMine: true, OnlyAccepted: true}},
		},
		{
			name: "every rule", before: calendar.Settings{Rules: calendar.Rules{OnlyMine: true}},
			body: `{"rules":{"only_accepted":true,"only_with_others":true,"only_mine":false}}`, after: calendar.Settings{Rules: calendar.Rules{OnlyAccepted: true, OnlyWithOthers: true}},
		},
		{name: "a name", body: `{"bot_name":"  Adas Notizen ✍ "}`, after: calendar.Settings{BotName: "Adas Notizen ✍"}},
		{name: "the product's name again", before: calendar.Settings{BotName: "B"}, body: `{"bot_name":""}`},
		{name: "a meeting is skipped", body: `{"skip":{"e1":true}}`, bots: map[string]calendar.Bot{"e1": calendar.Skipped}, told: []string{"skip u1 zoom:123456789 13:00:00"}},
		{name: "one that is not skipped is not", body: `{"skip":{"e1":false}}`, told: []string{"unskip u1 zoom:123456789 13:00:00"}},
		{name: "one without a link is skipped", body: `{"skip":{"e2":true}}`, bots: map[string]calendar.Bot{"e2": calendar.Skipped}},
		{name: "fields that nobody knows", body: `{"state":"active","email":"x","cognito_sub":"u2"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			c := w.connect("u1", gmail)
			c.Settings = tt.before
			c, err := w.store.Set(t.Context(), c, noon)
			if err != nil {
				t.Fatal(err)
			}
			w.schedule(c, meeting("e1"), unlinked)
			w.pass(time.Minute)
			view, err := w.desk().Change(t.Context(), "u1", change(t, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			got := get(t, w.store, "u1")
			if diff := cmp.Diff(tt.after, got.Settings); diff != "" {
				t.Errorf("settings after %s (-want +got):\n%s", tt.body, diff)
			}
			if diff := cmp.Diff(got.ViewAt(w.clock()), view); diff != "" {
				t.Errorf("the answer is not what is stored (-stored +answer):\n%s", diff)
			}
			if !got.NextPollAt.Equal(w.clock()) {
				t.Errorf("due at %v, want at once", got.NextPollAt)
			}
			for _, m := range got.Upcoming {
				if want, ok := tt.bots[m.EventID]; ok && m.Bot != want {
					t.Errorf("the bot of %s is %s, want %s", m.EventID, m.Bot, want)
				}
			}
			if diff := cmp.Diff(tt.told, w.bots.told); diff != "" {
				t.Errorf("told to the dispatcher (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASkipIsTakenBack(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.schedule(w.connect("u1", gmail), meeting("e1"))
	for _, step := range []struct {
		body   string
		bot    calendar.Bot
		reason string
		skips  int
	}{
		{`{"skip":{"e1":true}}`, calendar.Skipped, "", 1},
		{`{"skip":{"e1":true}}`, calendar.Skipped, "", 1},
		{`{"skip":{"e1":false}}`, calendar.NoBot, calendar.Pending, 0},
	} {
		view, err := w.desk().Change(t.Context(), "u1", change(t, step.body))
		if err != nil {
			t.Fatal(err)
		}
		if m := view.Upcoming[0]; m.Bot != step.bot || m.Reason != step.reason {
			t.Errorf("after %s: %s %q, want %s %q", step.body, m.Bot, m.Reason, step.bot, step.reason)
		}
		if n := len(get(t, w.store, "u1").Skips); n != step.skips {
			t.Errorf("after %s: %d skips, want %d", step.body, n, step.skips)
		}
	}
}

func TestSkipsOfLongAgoAreForgotten(t *testing.T) {
	t.Parallel()
	w := open(t)
	c := w.connect("u1", gmail)
	c.Skips = map[string]time.Time{"old": noon.Add(-31 * 24 * time.Hour), "last": noon.Add(-29 * 24 * time.Hour)}
	if _, err := w.store.Set(t.Context(), c, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk().Change(t.Context(), "u1", calendar.Change{}); err != nil {
		t.Fatal(err)
	}
	if got := get(t, w.store, "u1").Skips; len(got) != 1 || got["last"].IsZero() {
		t.Errorf("skips = %v, want the last month's", got)
	}
}

func TestChangesThatAreRefused(t *testing.T) {
	t.Parallel()
	many := map[string]bool{}
	for i := range calendar.MaxUpcoming + 1 {
		many[fmt.Sprint(i)] = true
	}
	long, line := strings.Repeat("ä", 101), "a\nb"
	tests := []struct {
		name string
		sub  string
		ch   calendar.Change
		want error
	}{
		{"a long name", "u1", calendar.Change{BotName: &long}, calendar.ErrField},
		{"a name of two lines", "u1", calendar.Change{BotName: &line}, calendar.ErrField},
		{"too many meetings", "u1", calendar.Change{Skip: many}, calendar.ErrField},
		{"a meeting that is not there", "u1", calendar.Change{Skip: map[string]bool{"e9": true}}, calendar.ErrNoMeeting},
		{"somebody else's meeting", "u2", calendar.Change{Skip: map[string]bool{"e1": true}}, calendar.ErrNoMeeting},
		{"no connection", "u3", calendar.Change{}, calendar.ErrNone},
		{"no terms", "u4", calendar.Change{}, consent.ErrRequired},
	}
	w := open(t)
	w.people["u3"] = w.people["u1"]
	w.schedule(w.connect("u1", gmail), meeting("e1"))
	w.connect("u2", "grace@gmail.example")
	before := get(t, w.store, "u1")
	for _, tt := range tests {
		if _, err := w.desk().Change(t.Context(), tt.sub, tt.ch); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if diff := cmp.Diff(before, get(t, w.store, "u1")); diff != "" || w.bots.told != nil {
		t.Errorf("the row has changed, the dispatcher was told %q:\n%s", w.bots.told, diff)
	}
	if n := strings.Repeat("ä", 100); true {
		if _, err := w.desk().Change(t.Context(), "u1", calendar.Change{BotName: &n}); err != nil {
			t.Errorf("a name of 100 letters: %v", err)
		}
	}
}

// TestASkipThatCannotBeToldIsNotWrittenDown: a row that says skipped is true.
func TestASkipThatCannotBeToldIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.schedule(w.connect("u1", gmail), meeting("e1"))
	w.bots.err = errDown
	if _, err := w.desk().Change(t.Context(), "u1", change(t, `{"skip":{"e1":true}}`)); !errors.Is(err, errDown) {
		t.Errorf("Change: %v, want the dispatcher's trouble", err)
	}
	if m := get(t, w.store, "u1").Upcoming[0]; m.Bot != calendar.Scheduled {
		t.Errorf("the row says %s of a bot that still comes", m.Bot)
	}
}

// meddler changes the row while a skip is told, as a poll does.
type meddler struct {
	bots
	w     *world
	times int
}

func (m *meddler) Skip(ctx context.Context, sub string, l link.Link, start time.Time, skip bool) error {
	if m.times--; m.times >= 0 {
		c := get(m.w.t, m.w.store, sub)
		m.w.schedule(c, append(c.Upcoming, meeting(fmt.Sprint("new", m.times)))...)
	}
	return m.bots.Skip(ctx, sub, l, start, skip)
}

func TestAPollAtTheSameTimeLosesNothing(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.schedule(w.connect("u1", gmail), meeting("e1"))
	d := w.desk()
	d.Bots = &meddler{w: w, times: 2}
	if _, err := d.Change(t.Context(), "u1", change(t, `{"auto_join":true,"skip":{"e1":true}}`)); err != nil {
		t.Fatal(err)
	}
	got := get(t, w.store, "u1")
	if len(got.Upcoming) != 3 || got.Upcoming[0].Bot != calendar.Skipped || !got.Settings.AutoJoin {
		t.Errorf("the row holds %+v, want the polls' meetings and the user's skip", got)
	}
	d.Bots = &meddler{w: w, times: 100}
	if _, err := d.Change(t.Context(), "u1", change(t, `{"skip":{"e1":false}}`)); !errors.Is(err, calendar.ErrChanged) {
		t.Errorf("a row that never rests: %v, want ErrChanged", err)
	}
}

func TestView(t *testing.T) {
	t.Parallel()
	w := open(t)
	over := meeting("over")
	over.Start, over.End = noon.Add(-time.Hour), noon
	c := w.schedule(w.connect("u1", gmail), over, meeting("e1"))
	v := calendar.Viewer{Store: w.store, Gate: w.gate(), Now: w.clock}
	shown := func(sub string) string {
		view, err := v.View(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(view)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const none = `{"connected":false,"state":"none","email":"","auto_join":false,"rules":{"only_accepted":false,"only_with_others":false,"only_mine":false},"bot_name":"","synced_at":null,"upcoming":[]}`
	const active = `{"connected":true,"state":"active","email":"ada@gmail.example","auto_join":false,"rules":{"only_accepted":false,"only_with_others":false,"only_mine":false},"bot_name":"","synced_at":"2026-11-21T12:00:00Z","upcoming":[{"event_id":"e1","title":"Planning","start":"2026-11-21T13:00:00Z","end":"2026-11-21T14:00:00Z","meeting_url":"https://zoom.us/j/123456789","bot":"scheduled","reason":""}]}`
	for sub, want := range map[string]string{"u1": active, "u2": none} {
		if got := shown(sub); got != want {
			t.Errorf("%s sees\n%s, want\n%s", sub, got, want)
		}
	}
	if _, err := w.store.Retire(t.Context(), c, calendar.Revoked); err != nil {
		t.Fatal(err)
	}
	if got := shown("u1"); !strings.Contains(got, `"connected":false,"state":"revoked","email":"ada@gmail.example"`) || !strings.Contains(got, `"upcoming":[]`) {
		t.Errorf("after the end the user sees %s", got)
	}
	if _, err := v.View(t.Context(), "nobody"); !errors.Is(err, consent.ErrRequired) {
		t.Errorf("without the terms: %v", err)
	}
	if slices.Contains(strings.Split(shown("u1"), `"`), "refresh_token") {
		t.Error("the answer holds a token")
	}
}
