package follow

import (
	"context"
	"errors"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker"
)

// carryOut makes a plan's calls. Before the first of them it writes down every
// wish that there will be, and keeps other polls of the connection away: a crash
// at any call leaves nothing behind that the next look does not know. It returns
// the connection as it is then, and the meetings with what became of their bots.
func (f *Follower) carryOut(ctx context.Context, c calendar.Connection, p Plan) (calendar.Connection, []calendar.Meeting, error) {
	end := f.Now().Add(turn)
	c, err := f.Store.Save(ctx, c, calendar.Look{
		Upcoming: p.intent(), BusyUntil: end, NextPollAt: end.Add(10 * time.Second),
		Failures: c.Failures, Problem: c.Problem, SyncedAt: c.SyncedAt,
	})
	if err != nil {
		return c, nil, err
	}
	ctx, stop := context.WithTimeout(ctx, work)
	defer stop()
	d := deed{f: f, bots: f.Bots(c.Settings.BotName), c: c, became: map[string]result{}}
	for _, m := range p.Leave {
		d.leave(ctx, m)
	}
	for _, m := range p.Carry {
		d.carry(ctx, m)
	}
	for _, w := range p.Want {
		d.want(ctx, w)
	}
	return c, d.after(p), nil
}

// intent is what is written down before the calls: all wishes, old and new. What is
// not certain yet is said to be tried.
func (p Plan) intent() []calendar.Meeting {
	asked := map[string]bool{}
	for _, w := range p.Want {
		asked[w.Key] = true
	}
	var all []calendar.Meeting
	for _, m := range p.Shown {
		if m.Bot == calendar.Scheduled && asked[m.Key] {
			m.Reason = Retrying
		}
		all = append(all, m)
	}
	for _, m := range p.Leave {
		all = append(all, uncertain(m))
	}
	for _, c := range p.Carry {
		all = append(all, uncertain(c.From))
	}
	return all
}

// uncertain is a place that is being left: what is written of it may not hold any
// more, so whoever wants a bot there again must ask.
func uncertain(m calendar.Meeting) calendar.Meeting {
	m.Reason = Retrying
	return m
}

// deed is the carrying out of one plan.
type deed struct {
	f      *Follower
	bots   Bots
	c      calendar.Connection
	undone []calendar.Meeting // wishes that are still to be taken back
	became map[string]result  // by key
}

// result is what became of a bot.
type result struct {
	bot    calendar.Bot
	reason string
}

func (d *deed) leave(ctx context.Context, m calendar.Meeting) {
	at, ok := place(m)
	if !ok {
		return
	}
	if err := d.bots.Leave(ctx, d.c.Sub, at.Link, at.Start); err != nil {
		d.troubled(ctx, "leave", err)
		d.undone = append(d.undone, uncertain(m))
	}
}

// carry takes a wish, or a stop, along with its meeting. Until that is done the
// meeting's new place is not asked for: its user may have said no.
func (d *deed) carry(ctx context.Context, c Carry) {
	from, ok := place(c.From)
	to, known := place(c.To)
	if !ok || !known {
		return
	}
	if err := d.bots.Carry(ctx, d.c.Sub, from, to, c.Stays); err != nil {
		d.troubled(ctx, "carry", err)
		d.undone = append(d.undone, uncertain(c.From))
		d.became[c.To.Key] = result{calendar.NoBot, Retrying}
	}
}

func (d *deed) want(ctx context.Context, w Wish) {
	if _, barred := d.became[w.Key]; barred {
		return
	}
	p, err := d.bots.Want(ctx, notetaker.Wish{Sub: d.c.Sub, Link: w.Link, Start: w.Start, Title: w.Title, Source: notetaker.Calendar})
	r := became(p, err)
	if r.reason == Retrying && err != nil {
		d.troubled(ctx, "want", err)
	}
	// A wish that came to nothing is taken back, so that it cannot come true later
	// behind its user's back.
	if r.bot == calendar.NoBot {
		if err := d.bots.Leave(ctx, d.c.Sub, w.Link, w.Start); err != nil {
			d.troubled(ctx, "leave", err)
			r = result{calendar.Scheduled, Retrying}
		}
	}
	d.became[w.Key] = r
}

func (d *deed) troubled(ctx context.Context, doing string, err error) {
	d.f.Log.WarnContext(ctx, "bot does not follow yet", "code", fault.Of(err).Code, "doing", doing, "sub", d.c.Sub, "error", err)
}

// became reads the dispatcher's answer.
func became(p notetaker.Placed, err error) result {
	switch {
	case err == nil && p.Status == notetaker.Failed, errors.Is(err, notetaker.ErrRefused):
		return result{calendar.NoBot, Refused}
	case err == nil && (p.BotID == "" || p.Status == notetaker.Requested):
		return result{calendar.Scheduled, Retrying} // somebody is at it; look again
	case err == nil:
		return result{calendar.Scheduled, ""}
	case errors.Is(err, notetaker.ErrStopped):
		return result{calendar.Skipped, Stopped}
	}
	switch fault.Of(err).Code {
	case notetaker.ErrBots.Code:
		return result{calendar.NoBot, Limit}
	case notetaker.ErrHours.Code:
		return result{calendar.NoBot, Hours}
	case "TOS_REQUIRED":
		return result{calendar.NoBot, Terms}
	case "ACCOUNT_DISABLED":
		return result{calendar.NoBot, Locked}
	}
	return result{calendar.Scheduled, Retrying}
}

// after is the plan's meetings with what became of their bots, and behind them the
// wishes that are still to be taken back.
func (d *deed) after(p Plan) []calendar.Meeting {
	var all []calendar.Meeting
	for _, m := range p.Shown {
		if r, asked := d.became[m.Key]; asked && m.Bot == calendar.Scheduled {
			m.Bot, m.Reason = r.bot, r.reason
		}
		all = append(all, m)
	}
	return append(all, d.undone...)
}
