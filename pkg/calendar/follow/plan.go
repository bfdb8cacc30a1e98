// Package follow makes the bots of pkg/notetaker follow a calendar. A look at the
// calendar becomes a [Plan] by a pure function; a [Follower] carries it out, and
// writes down what it is about to do before it does it.
package follow

import (
	"slices"
	"strings"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/link"
)

const (
	// Ahead is how far ahead bots are ordered. It is longer than a weekend: after
	// an outage of that length every meeting has its bot still.
	Ahead = 72 * time.Hour
	// Behind is how far back a look goes, so that a meeting which is over is not
	// taken for one that was cancelled.
	Behind = 15 * time.Minute
	// late is how long after its start a meeting is still joined for the first time.
	late = 10 * time.Minute
	// near is how long before its start a wish is made once more, whatever is
	// written of it: the user may have stopped the bot, or sent it after all.
	near = 30 * time.Minute
)

// Why a meeting has no bot, or not yet: the words in calendar.Meeting.Reason.
const (
	NoLink      = "no_link"       // none that a bot can join
	Declined    = "declined"      // by the user
	AutoJoinOff = "auto_join_off" // the user has not asked for bots
	NotAccepted = "not_accepted"  // the rule only_accepted
	Alone       = "alone"         // the rule only_with_others
	NotMine     = "not_mine"      // the rule only_mine
	TooLate     = "too_late"      // it was there too late to be joined
	Stopped     = "stopped"       // the user called the bot off
	SkippedBy   = "skipped"       // the user skipped it, and its bot is gone
	Limit       = "bot_limit"     // the plan's bots at once are taken
	Hours       = "hours_used_up" // the plan's hours are
	Refused     = "refused"       // no bot can join it
	Terms       = "terms"         // the user has not accepted the terms
	Locked      = "locked"        // the account is
	Retrying    = "retrying"      // nobody answers; it is tried again
)

// Plan is what follows from a look at a calendar.
type Plan struct {
	Shown []calendar.Meeting // the meetings to come; those with a bot as if it were there
	Leave []calendar.Meeting // wishes to take back
	Carry []Carry            // wishes to take elsewhere, before they are made there
	Want  []Wish
}

// Carry is that a meeting went from one place to another. Stays is that a copy of it
// did not.
type Carry struct {
	From, To calendar.Meeting
	Stays    bool
}

// Wish is a bot to ask for. Its answer is that of every meeting in Shown with its
// key.
type Wish struct {
	Link link.Link
	calendar.Meeting
}

// Calls reports whether the plan has anybody called.
func (p Plan) Calls() bool { return len(p.Leave)+len(p.Carry)+len(p.Want) > 0 }

// Make plans what follows from the events of c at now. The same arguments always
// give the same plan.
func Make(c calendar.Connection, events []google.Event, now time.Time) Plan {
	var p Plan
	known := index(c.Upcoming)
	desired := map[string]link.Link{}
	var seen []calendar.Meeting
	for _, e := range events {
		m, l, ok := judge(c, e, known, now)
		if !ok {
			continue
		}
		if m.Bot == calendar.Scheduled {
			desired[m.Key] = l
		}
		seen = append(seen, m)
	}
	unwish(desired, seen)
	p.show(seen, desired, now, calendar.MaxUpcoming-kept(c, seen, now))
	p.part(c, desired, now)
	p.wish(known, desired, now)
	return p
}

// unwish lets the user's no to one meeting hold for its copies: they are in the
// same room at the same time.
func unwish(desired map[string]link.Link, seen []calendar.Meeting) {
	for _, m := range seen {
		if m.Bot == calendar.Skipped {
			delete(desired, m.Key)
		}
	}
	for i, m := range seen {
		if _, ok := desired[m.Key]; m.Bot == calendar.Scheduled && !ok {
			seen[i].Bot, seen[i].Reason = calendar.Skipped, SkippedBy
		}
	}
}

// show takes over what is not over, as much as a row may hold. What does not fit
// is not wanted yet: it is the farthest.
func (p *Plan) show(seen []calendar.Meeting, desired map[string]link.Link, now time.Time, most int) {
	slices.SortStableFunc(seen, func(a, b calendar.Meeting) int {
		if d := a.Start.Compare(b.Start); d != 0 {
			return d
		}
		return strings.Compare(a.EventID, b.EventID)
	})
	for _, m := range seen {
		switch {
		case !m.End.After(now):
		case len(p.Shown) < most:
			p.Shown = append(p.Shown, m)
		default:
			delete(desired, m.Key)
		}
	}
	for i, m := range p.Shown { // a copy of one that did not fit goes with it
		if _, ok := desired[m.Key]; m.Bot == calendar.Scheduled && !ok {
			p.Shown[i].Bot, p.Shown[i].Reason = calendar.NoBot, Retrying
		}
	}
}

// kept counts the places that stay written down until they are left.
func kept(c calendar.Connection, seen []calendar.Meeting, now time.Time) (n int) {
	for _, was := range c.Upcoming {
		same := func(m calendar.Meeting) bool { return m.EventID == was.EventID && m.Key == was.Key }
		if lasts(was, now) && !slices.ContainsFunc(seen, same) {
			n++
		}
	}
	return n
}

// lasts reports whether there can be anything to leave: of a meeting that is over
// there is not.
func lasts(m calendar.Meeting, now time.Time) bool { return m.Key != "" && m.End.After(now) }

// part plans what becomes of the places known before: a wish stays, goes, or moves
// along with its meeting. A meeting without a bot moves along too: its user may
// have stopped one there, which only the dispatcher knows.
func (p *Plan) part(c calendar.Connection, desired map[string]link.Link, now time.Time) {
	to := map[string]calendar.Meeting{}
	for _, m := range p.Shown {
		to[m.EventID] = m
	}
	for _, m := range c.Upcoming {
		if !lasts(m, now) {
			continue
		}
		next := to[m.EventID]
		moved := next.Key != "" && next.Key != m.Key
		_, still := desired[m.Key]
		switch {
		case moved:
			p.Carry = append(p.Carry, Carry{From: m, To: next, Stays: still})
		case unsure(m) && (!still || m.Bot == calendar.Skipped): // a skip is not for whoever came after
			p.Leave = append(p.Leave, m)
		}
	}
}

// unsure reports whether there may be a bot still at a place where none is wanted.
// A skip that was just made counts: whoever was at the place at that moment may
// have died over it.
func unsure(m calendar.Meeting) bool {
	return m.Bot == calendar.Scheduled || m.Bot == calendar.Skipped && m.Reason != SkippedBy && m.Reason != Stopped
}

// wish plans a call for each place whose bot is not certain. Of the others it is
// known what the call would answer.
func (p *Plan) wish(k known, desired map[string]link.Link, now time.Time) {
	asked := map[string]bool{}
	for i, m := range p.Shown {
		l, ok := desired[m.Key]
		if !ok || m.Bot != calendar.Scheduled || asked[m.Key] {
			continue
		}
		if was, settled := k.settled[m.Key]; settled && !soon(m, now) {
			p.Shown[i].Bot, p.Shown[i].Reason = was.Bot, was.Reason
			continue
		}
		asked[m.Key] = true
		p.Want = append(p.Want, Wish{Link: l, Meeting: m})
	}
}

// soon reports whether a meeting is about to begin, or has just begun.
func soon(m calendar.Meeting, now time.Time) bool {
	d := m.Start.Sub(now)
	return d <= near && d > -late
}

// place is where a meeting is, as the notetaker says it.
func place(m calendar.Meeting) (notetaker.Place, bool) {
	l, ok := link.Recognise(m.MeetingURL)
	return notetaker.Place{Link: l, Start: m.Start}, ok
}
