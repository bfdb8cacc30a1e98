package journey_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"callanalyst/pkg/calendar/googletest"
	"callanalyst/stacks/local/stack"
)

// TestAChangeIsToldAndFollowed edits a calendar of which Google tells, and runs no
// poll after the first.
func TestAChangeIsToldAndFollowed(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, func(p *stack.Plan) { p.Env = map[string]string{"GOOGLE_PUSH_URL": ""} }), newSteps(t)
	token := l.subscriber(diarist, 0)
	s.check("connect a calendar and join by itself", func() error {
		err := l.connect(token, gmail)
		_, change := l.calendar(token, `{"auto_join":true}`)
		return errors.Join(err, change)
	})
	s.check("the first look opens a channel", func() error {
		if _, err := l.looks(token); err != nil || l.Google.Listening(gmail) != 1 {
			return fmt.Errorf("%d channels, %w", l.Google.Listening(gmail), err)
		}
		return nil
	})
	start := time.Now().UTC().Truncate(time.Minute).Add(2 * time.Hour)
	s.check("a meeting is made: its bot is scheduled, without a poll", func() error {
		l.Google.Calendars.Add(gmail, googletest.Meeting{Title: "Planning", Start: start, Conference: "https://meet.google.com/abc-defg-hij"})
		l.wait("the bot", func() bool { return len(l.live()) == 1 && l.live()[0].Equal(start) })
		return nil
	})
	l.settled()
	s.check("disconnect: the channel is closed", func() error {
		if a := l.call("DELETE", "/api/calendar", token, nil); a.Status != 200 || l.Google.Listening(gmail) != 0 {
			return fmt.Errorf("answered %d, %d channels are left", a.Status, l.Google.Listening(gmail))
		}
		return nil
	})
}
