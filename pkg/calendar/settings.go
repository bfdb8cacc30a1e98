package calendar

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker/link"
)

// ErrField reports a field of a change that cannot be accepted.
var ErrField = fault.New(fault.Invalid, "INVALID_FIELD", "A field of the request is not acceptable.")

// ErrNoMeeting reports an event that is not among the meetings to come.
var ErrNoMeeting = fault.New(fault.NotFound, "NOT_FOUND", "There is no such meeting in your calendar's next days.")

// Change is the body of PATCH /api/calendar. What is absent stays as it is.
type Change struct {
	AutoJoin *bool `json:"auto_join"`
	Rules    struct {
		OnlyAccepted   *bool `json:"only_accepted"`
		OnlyWithOthers *bool `json:"only_with_others"`
		OnlyMine       *bool `json:"only_mine"`
	} `json:"rules"`
	BotName *string         `json:"bot_name"`
	Skip    map[string]bool `json:"skip"` // event id → no bot shall come
}

const (
	maxBotName = 100 // letters that Recall takes
	// keepSkip is how long after its start a skipped meeting is remembered: it may
	// be moved until then.
	keepSkip = 30 * 24 * time.Hour
	// changeTries is how often a change is tried against polls at the same time.
	changeTries = 5
	// Pending is the reason of a meeting that the next poll decides about.
	Pending = "pending"
)

// Skipper takes a user's word for or against a bot. notetaker.Dispatcher is one.
type Skipper interface {
	Skip(ctx context.Context, sub string, l link.Link, start time.Time, skip bool) error
}

// Desk changes connections for their users. It is safe for concurrent use.
type Desk struct {
	Viewer
	Bots Skipper
}

// Change applies what the user wants, and makes the connection due at once. A bot
// of a meeting that is skipped is called off before this returns; whatever else
// follows the next poll brings.
func (d Desk) Change(ctx context.Context, sub string, ch Change) (View, error) {
	if err := ch.check(); err != nil {
		return View{}, err
	}
	for range changeTries {
		c, err := d.read(ctx, sub)
		if err != nil {
			return View{}, err
		}
		if c.State == None || c.State == Ending {
			return View{}, ErrNone
		}
		c, err = d.apply(ctx, c, ch)
		if err != nil {
			return View{}, err
		}
		c, err = d.Store.Set(ctx, c, d.Now())
		if !errors.Is(err, ErrChanged) {
			return c.ViewAt(d.Now()), err
		}
	}
	return View{}, ErrChanged
}

// check refuses what no connection can have.
func (ch Change) check() error {
	if len(ch.Skip) > MaxUpcoming {
		return ErrField.Because("The field skip must name at most %d meetings.", MaxUpcoming)
	}
	if ch.BotName == nil {
		return nil
	}
	if n := utf8.RuneCountInString(*ch.BotName); n > maxBotName || strings.ContainsFunc(*ch.BotName, unicode.IsControl) {
		return ErrField.Because("The field bot_name must have at most %d letters, and no line breaks.", maxBotName)
	}
	return nil
}

// apply returns c with the change. The bots of skipped meetings are called off
// first: a row that says skipped must be true.
func (d Desk) apply(ctx context.Context, c Connection, ch Change) (Connection, error) {
	for to, from := range map[*bool]*bool{
		&c.Settings.AutoJoin: ch.AutoJoin, &c.Settings.Rules.OnlyAccepted: ch.Rules.OnlyAccepted,
		&c.Settings.Rules.OnlyWithOthers: ch.Rules.OnlyWithOthers, &c.Settings.Rules.OnlyMine: ch.Rules.OnlyMine,
	} {
		if from != nil {
			*to = *from
		}
	}
	if ch.BotName != nil {
		c.Settings.BotName = strings.TrimSpace(*ch.BotName)
	}
	maps.DeleteFunc(c.Skips, func(_ string, start time.Time) bool { return start.Before(d.Now().Add(-keepSkip)) })
	for id, skip := range ch.Skip {
		if err := d.skip(ctx, &c, id, skip); err != nil {
			return Connection{}, err
		}
	}
	return c, nil
}

// skip records a user's word about one meeting.
func (d Desk) skip(ctx context.Context, c *Connection, id string, skip bool) error {
	m := c.meeting(id)
	if m == nil {
		return ErrNoMeeting
	}
	if l, ok := link.Recognise(m.MeetingURL); ok {
		if err := d.Bots.Skip(ctx, c.Sub, l, m.Start, skip); err != nil {
			return fmt.Errorf("calendar: skip a meeting of %s: %w", c.Sub, err)
		}
	}
	if skip {
		c.Skips[id], m.Bot, m.Reason = m.Start, Skipped, ""
		return nil
	}
	delete(c.Skips, id)
	switch m.Bot {
	case Skipped:
		m.Bot, m.Reason = NoBot, Pending
	case Scheduled: // the bot may have been stopped on its own page: ask again
		m.Reason = Pending
	}
	return nil
}

// meeting finds a meeting to come, nil if it is not there.
func (c *Connection) meeting(id string) *Meeting {
	for i := range c.Upcoming {
		if c.Upcoming[i].EventID == id {
			return &c.Upcoming[i]
		}
	}
	return nil
}
