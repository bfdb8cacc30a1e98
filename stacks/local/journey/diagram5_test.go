package journey_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/googletest"
)

// The upstream calls of the fifth diagram, as the plan names them.
const (
	deleteItem   = "dynamodb.DeleteItem"
	tradesTokens = "POST /token"
	listsEvents  = "GET /calendar/v3/calendars/primary/events"
)

// TestDiagram5Calendar replays the fifth sequence diagram. The browser goes there
// and back twice, so that the functions are warm the second time, and the poll
// finds a meeting after it has found none.
func TestDiagram5Calendar(t *testing.T) {
	d := newDiagram(t, "5 · Calendar auto-join")
	token := d.l.subscriber(diarist, 0)
	if err := d.l.connect(token, gmail); err != nil {
		t.Fatal(err)
	}
	if _, err := d.l.calendar(token, `{"auto_join":true}`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.l.looks(token); err != nil {
		t.Fatal(err)
	}
	for _, i := range d.l.invocations() {
		d.seen[i.Function]++
	}
	var v visit
	d.hop("browser → oauth-start: where to consent", []string{getItem, putItem}, func() (err error) {
		v, err = d.l.consents(token)
		return err
	})
	var back *url.URL
	d.hop("browser → Google: consent (a person's time)", nil, func() (err error) {
		back, err = v.decide(googletest.Decision{Email: gmail})
		return err
	})
	d.hop("Google → callback → Google: code for tokens", []string{deleteItem, getItem, tradesTokens, getItem, putItem, getItem}, func() error {
		_, told, err := v.come(back)
		if err == nil && told.Encode() != "calendar=connected" {
			err = fmt.Errorf("the browser is told %s", told.Encode())
		}
		return err
	})
	d.l.Google.Calendars.Add(gmail, googletest.Meeting{
		Title: "Planning", Start: time.Now().Truncate(time.Minute).Add(2 * time.Hour), Conference: "https://meet.google.com/abc-defg-hij",
	})
	shown, err := d.l.looks(token)
	if err != nil || len(shown.Upcoming) != 1 || shown.Upcoming[0].Bot != calendar.Scheduled {
		t.Fatalf("upcoming is %+v, %v", shown.Upcoming, err)
	}
	d.inside("calendar-poll", "schedule → calendar-poll: who is due", []string{query, updateItem})
	d.inside("calendar-sync", "queue → calendar-sync → Google, Recall: the bot", []string{getItem, listsEvents, updateItem, transact, createBot, transact, updateItem})
	d.hop("browser → GET /api/calendar", []string{getItem}, func() error {
		_, err := d.l.calendar(token, "")
		return err
	})
}
