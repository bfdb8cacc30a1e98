package follow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/follow"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/link"
)

var noon = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)

// event is an accepted meeting of half an hour with others.
func event(id string, in time.Duration, url string, changes ...func(*google.Event)) google.Event {
	e := google.Event{
		ID: id, Title: "T", Start: noon.Add(in), End: noon.Add(in + 30*time.Minute), Kind: "default",
		Response: google.Accepted, Others: true, Links: []string{url},
	}
	for _, change := range changes {
		change(&e)
	}
	return e
}

// meeting is what a row says of such an event.
func meeting(id string, in time.Duration, url string, bot calendar.Bot, reason string) calendar.Meeting {
	m := calendar.Meeting{EventID: id, Title: "T", Start: noon.Add(in), End: noon.Add(in + 30*time.Minute), Bot: bot, Reason: reason}
	if l, ok := link.Recognise(url); ok {
		m.MeetingURL, m.Key = l.URL, notetaker.Key(l, m.Start)
	}
	return m
}

// steps are a plan in one line for each thing that it shows or does.
func steps(p follow.Plan) (out []string) {
	in := func(m calendar.Meeting) string { return m.EventID + " in " + m.Start.Sub(noon).String() }
	for _, m := range p.Shown {
		out = append(out, fmt.Sprintf("show %s: %s %s", in(m), m.Bot, m.Reason))
	}
	for _, m := range p.Leave {
		out = append(out, "leave "+in(m))
	}
	for _, c := range p.Carry {
		line := "carry " + in(c.From) + " to " + c.To.Start.Sub(noon).String()
		if c.Stays {
			line += ", but a copy stays"
		}
		out = append(out, line)
	}
	for _, w := range p.Want {
		out = append(out, "want "+in(w.Meeting))
	}
	return out
}

const (
	hour      = time.Hour
	scheduled = calendar.Scheduled
)

func TestMake(t *testing.T) {
	t.Parallel()
	joins := calendar.Settings{AutoJoin: true}
	ruled := func(r calendar.Rules) calendar.Settings { return calendar.Settings{AutoJoin: true, Rules: r} }
	answer := func(r google.Response) func(*google.Event) { return func(e *google.Event) { e.Response = r } }
	tests := []struct {
		name   string
		s      calendar.Settings
		skips  []string
		before []calendar.Meeting
		events []google.Event
		want   []string
	}{
		{name: "an empty calendar"},
		{name: "a new meeting", s: joins, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "by default nothing is joined", events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: none auto_join_off"}},
		{name: "a meeting that has its bot", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled "}},
		{name: "one that begins soon is asked for again", s: joins, before: []calendar.Meeting{meeting("a", hour/2, zoom, scheduled, "")}, events: []google.Event{event("a", hour/2, zoom)}, want: []string{"show a in 30m0s: scheduled ", "want a in 30m0s"}},
		{name: "one that was not certain is asked for again", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, follow.Retrying)}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "one that was over the limit is asked for again", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.NoBot, follow.Limit)}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "one that no bot can join is let be", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.NoBot, follow.Refused)}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: none refused"}},
		{name: "one that its user stopped is let be", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, follow.Stopped)}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: skipped stopped"}},
		{name: "moved", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", 2*hour, zoom)}, want: []string{"show a in 2h0m0s: scheduled ", "carry a in 1h0m0s to 2h0m0s", "want a in 2h0m0s"}},
		{name: "moved by seconds only", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour+20*time.Second, zoom)}, want: []string{"show a in 1h0m20s: scheduled "}},
		{name: "another room", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, meet)}, want: []string{"show a in 1h0m0s: scheduled ", "carry a in 1h0m0s to 1h0m0s", "want a in 1h0m0s"}},
		{name: "the same room by another link", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, "https://us02web.zoom.us/wc/join/84335626851")}, want: []string{"show a in 1h0m0s: scheduled "}},
		{name: "a stopped one that moved", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, follow.Stopped)}, events: []google.Event{event("a", 2*hour, zoom)}, want: []string{"show a in 2h0m0s: scheduled ", "carry a in 1h0m0s to 2h0m0s", "want a in 2h0m0s"}},
		{name: "moved while it was declined", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.NoBot, follow.Declined)}, events: []google.Event{event("a", 2*hour, zoom, answer(google.Declined))}, want: []string{"show a in 2h0m0s: none declined", "carry a in 1h0m0s to 2h0m0s"}},
		{name: "cancelled", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{{ID: "a", Cancelled: true}}, want: []string{"leave a in 1h0m0s"}},
		{name: "gone", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, want: []string{"leave a in 1h0m0s"}},
		{name: "cancelled while it lasts", s: joins, before: []calendar.Meeting{meeting("a", -10*time.Minute, zoom, scheduled, "")}, want: []string{"leave a in -10m0s"}},
		{name: "over is not cancelled", s: joins, before: []calendar.Meeting{meeting("a", -hour, zoom, scheduled, "")}},
		{name: "over before its time is not cancelled", s: joins, before: []calendar.Meeting{meeting("a", -20*time.Minute, zoom, scheduled, "")}, events: []google.Event{event("a", -20*time.Minute, zoom, func(e *google.Event) { e.End = noon.Add(-time.Minute) })}},
		{name: "declined", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, zoom, answer(google.Declined))}, want: []string{"show a in 1h0m0s: none declined", "leave a in 1h0m0s"}},
		{name: "the link was taken out", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, "Room 4")}, want: []string{"show a in 1h0m0s: none no_link", "leave a in 1h0m0s"}},
		{name: "auto-join was switched off", before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: none auto_join_off", "leave a in 1h0m0s"}},
		{name: "skipped, and cancelled for another", s: joins, skips: []string{"a"}, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, "")}, events: []google.Event{event("b", hour, zoom)}, want: []string{"show b in 1h0m0s: scheduled ", "leave a in 1h0m0s", "want b in 1h0m0s"}},
		{name: "skipped, and cancelled before a copy", s: joins, skips: []string{"a"}, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, ""), meeting("b", hour, zoom, scheduled, "")}, events: []google.Event{event("b", hour, zoom)}, want: []string{"show b in 1h0m0s: scheduled ", "leave a in 1h0m0s", "want b in 1h0m0s"}},
		{name: "skipped, looked at, and cancelled for another", s: joins, skips: []string{"a"}, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, follow.SkippedBy)}, events: []google.Event{event("b", hour, zoom)}, want: []string{"show b in 1h0m0s: scheduled ", "want b in 1h0m0s"}},
		{name: "skipped", s: joins, skips: []string{"a"}, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, "")}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: skipped skipped", "leave a in 1h0m0s"}},
		{name: "skipped before", s: joins, skips: []string{"a"}, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, follow.SkippedBy)}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: skipped skipped"}},
		{name: "skipped and moved", s: joins, skips: []string{"a"}, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.Skipped, "")}, events: []google.Event{event("a", 2*hour, zoom)}, want: []string{"show a in 2h0m0s: skipped skipped", "carry a in 1h0m0s to 2h0m0s"}},
		{name: "no longer skipped", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.NoBot, "pending")}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "a copy of a skipped one", s: joins, skips: []string{"a"}, events: []google.Event{event("a", hour, zoom), event("b", hour, zoom)}, want: []string{"show a in 1h0m0s: skipped skipped", "show b in 1h0m0s: skipped skipped"}},
		{name: "no longer skipped, with a copy", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, calendar.NoBot, calendar.Pending), meeting("b", hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, zoom), event("b", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "show b in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "a copy is one bot", s: joins, events: []google.Event{event("b", hour, zoom), event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "show b in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "a copy that stays keeps the bot", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, ""), meeting("b", hour, zoom, scheduled, "")}, events: []google.Event{event("b", hour, zoom), event("a", 2*hour, zoom)}, want: []string{"show b in 1h0m0s: scheduled ", "show a in 2h0m0s: scheduled ", "carry a in 1h0m0s to 2h0m0s, but a copy stays", "want a in 2h0m0s"}},
		{name: "two that change places", s: joins, before: []calendar.Meeting{meeting("a", hour, zoom, scheduled, ""), meeting("b", 2*hour, zoom, scheduled, "")}, events: []google.Event{event("b", hour, zoom), event("a", 2*hour, zoom)}, want: []string{"show b in 1h0m0s: scheduled ", "show a in 2h0m0s: scheduled ", "carry a in 1h0m0s to 2h0m0s, but a copy stays", "carry b in 2h0m0s to 1h0m0s, but a copy stays"}},
		{name: "this and following gets new ids", s: joins, before: []calendar.Meeting{meeting("s_1", hour, zoom, scheduled, ""), meeting("s_2", 2*hour, zoom, scheduled, "")}, events: []google.Event{event("s_1", hour, zoom), event("r_2", 3*hour, zoom)}, want: []string{"show s_1 in 1h0m0s: scheduled ", "show r_2 in 3h0m0s: scheduled ", "leave s_2 in 2h0m0s", "want r_2 in 3h0m0s"}},
		{name: "an event that is dragged on after it was over", s: joins, before: []calendar.Meeting{meeting("a", -hour, zoom, scheduled, "")}, events: []google.Event{event("a", hour, zoom)}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "ten minutes late is not too late", s: joins, events: []google.Event{event("a", -10*time.Minute, zoom)}, want: []string{"show a in -10m0s: scheduled ", "want a in -10m0s"}},
		{name: "eleven are", s: joins, events: []google.Event{event("a", -11*time.Minute, zoom)}, want: []string{"show a in -11m0s: none too_late"}},
		{name: "a bot that is there stays", s: joins, before: []calendar.Meeting{meeting("a", -20*time.Minute, zoom, scheduled, "")}, events: []google.Event{event("a", -20*time.Minute, zoom)}, want: []string{"show a in -20m0s: scheduled "}},
		{name: "what is no meeting", s: joins, events: []google.Event{
			event("a", hour, zoom, func(e *google.Event) { e.AllDay = true }), event("b", hour, zoom, func(e *google.Event) { e.Kind = "focusTime" }),
			event("c", hour, zoom, func(e *google.Event) { e.Kind = "outOfOffice" }), {ID: "d"},
		}},
		{name: "only accepted: no answer", s: ruled(calendar.Rules{OnlyAccepted: true}), events: []google.Event{event("a", hour, zoom, answer(google.NeedsAction))}, want: []string{"show a in 1h0m0s: none not_accepted"}},
		{name: "only accepted: maybe", s: ruled(calendar.Rules{OnlyAccepted: true}), events: []google.Event{event("a", hour, zoom, answer(google.Tentative))}, want: []string{"show a in 1h0m0s: none not_accepted"}},
		{name: "without the rule, no answer will do", s: joins, events: []google.Event{event("a", hour, zoom, answer(google.NeedsAction))}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
		{name: "only with others", s: ruled(calendar.Rules{OnlyWithOthers: true}), events: []google.Event{event("a", hour, zoom, func(e *google.Event) { e.Others = false })}, want: []string{"show a in 1h0m0s: none alone"}},
		{name: "only mine", s: ruled(calendar.Rules{OnlyMine: true}), events: []google.Event{event("a", hour, zoom), event("b", 2*hour, zoom, func(e *google.Event) { e.Mine = true })}, want: []string{"show a in 1h0m0s: none not_mine", "show b in 2h0m0s: scheduled ", "want b in 2h0m0s"}},
		{name: "the second text has the link", s: joins, events: []google.Event{event("a", hour, "tel:+1", func(e *google.Event) { e.Links = append(e.Links, "<a href=\""+zoom+"\">join</a>") })}, want: []string{"show a in 1h0m0s: scheduled ", "want a in 1h0m0s"}},
	}
	for _, tt := range tests {
		c := calendar.Connection{Sub: "u1", Settings: tt.s, Skips: map[string]time.Time{}, Upcoming: tt.before}
		for _, id := range tt.skips {
			c.Skips[id] = noon
		}
		p := follow.Make(c, tt.events, noon)
		if diff := cmp.Diff(tt.want, steps(p)); diff != "" {
			t.Errorf("%s: the plan (-want +got):\n%s", tt.name, diff)
		}
		if again := follow.Make(c, tt.events, noon); !cmp.Equal(p, again) {
			t.Errorf("%s: another plan from the same", tt.name)
		}
	}
}

// TestAFullRowKeepsWhatMustBeLeft holds that no wish is lost for want of room.
func TestAFullRowKeepsWhatMustBeLeft(t *testing.T) {
	t.Parallel()
	c := calendar.Connection{Sub: "u1", Settings: calendar.Settings{AutoJoin: true}}
	var events []google.Event
	for i := range 60 {
		in := hour + time.Duration(i)*time.Minute
		events = append(events, event(fmt.Sprintf("new%02d", i), in, zoom))
		if i < calendar.MaxUpcoming {
			c.Upcoming = append(c.Upcoming, meeting(fmt.Sprintf("old%02d", i), 10*hour+in, zoom, scheduled, ""))
		}
	}
	p := follow.Make(c, events, noon)
	if len(p.Leave) != 50 || len(p.Shown) != 0 || len(p.Want) != 0 {
		t.Errorf("%d leave, %d shown, %d wanted, want all 50 left before anything is wanted", len(p.Leave), len(p.Shown), len(p.Want))
	}
	c.Upcoming = c.Upcoming[:20]
	p = follow.Make(c, events, noon)
	if len(p.Leave) != 20 || len(p.Shown) != 30 || len(p.Want) != 30 || p.Shown[29].EventID != "new29" {
		t.Errorf("%d leave, %d shown, %d wanted, want 20 left and the 30 nearest wanted", len(p.Leave), len(p.Shown), len(p.Want))
	}
}
