package follow

import (
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/link"
)

// known is what is written of the places that a calendar's meetings are at.
type known struct {
	held    map[string]bool             // a wish was made
	settled map[string]calendar.Meeting // and answered for good, as this one says
}

func index(upcoming []calendar.Meeting) known {
	k := known{held: map[string]bool{}, settled: map[string]calendar.Meeting{}}
	for _, m := range upcoming {
		if m.Bot == calendar.Scheduled {
			k.held[m.Key] = true
		}
		if m.Bot == calendar.Scheduled && m.Reason == "" || m.Reason == Stopped || m.Reason == Refused {
			k.settled[m.Key] = m
		}
	}
	for _, m := range upcoming {
		if m.Reason == Retrying || m.Reason == calendar.Pending || m.Bot == calendar.Skipped && m.Reason == "" {
			delete(k.settled, m.Key) // whatever is said of its copies there
		}
	}
	return k
}

// judge says what is with an event: the meeting as it is shown, its link, and
// whether it is a meeting at all.
func judge(c calendar.Connection, e google.Event, k known, now time.Time) (calendar.Meeting, link.Link, bool) {
	if e.Cancelled || e.AllDay || e.Start.IsZero() || !meets(e.Kind) {
		return calendar.Meeting{}, link.Link{}, false
	}
	m := calendar.Meeting{EventID: e.ID, Title: title(e.Title), Start: e.Start, End: later(e.End, e.Start), Bot: calendar.NoBot}
	l, ok := linkOf(e)
	if !ok {
		m.Reason = NoLink
		return m, l, true
	}
	m.MeetingURL, m.Key = l.URL, notetaker.Key(l, e.Start)
	if _, skip := c.Skips[e.ID]; skip {
		m.Bot, m.Reason = calendar.Skipped, SkippedBy
		return m, l, true
	}
	m.Reason = against(c.Settings, e)
	if m.Reason == "" && !k.held[m.Key] && now.Sub(e.Start) > late {
		m.Reason = TooLate
	}
	if m.Reason == "" {
		m.Bot = calendar.Scheduled
	}
	return m, l, true
}

// meets tells meetings from the notes that people keep in calendars: focus time,
// absences, places and birthdays.
func meets(kind string) bool { return kind == "" || kind == "default" || kind == "fromGmail" }

// against says what speaks against a bot; "" for nothing.
func against(s calendar.Settings, e google.Event) string {
	switch {
	case e.Response == google.Declined:
		return Declined
	case !s.AutoJoin:
		return AutoJoinOff
	case s.Rules.OnlyAccepted && e.Response != google.Accepted:
		return NotAccepted
	case s.Rules.OnlyWithOthers && !e.Others:
		return Alone
	case s.Rules.OnlyMine && !e.Mine:
		return NotMine
	}
	return ""
}

// linkOf returns the first meeting in an event's texts.
func linkOf(e google.Event) (link.Link, bool) {
	for _, text := range e.Links {
		if l, ok := link.Recognise(text); ok {
			return l, true
		}
	}
	return link.Link{}, false
}

// maxTitle bounds, in letters, what is kept of a title.
const maxTitle = 200

func title(s string) string {
	n := 0
	for i := range s {
		if n == maxTitle {
			return s[:i]
		}
		n++
	}
	return s
}

// later is the later of two moments. An event without an end takes no time.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
