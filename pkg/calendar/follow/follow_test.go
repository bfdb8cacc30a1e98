package follow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/follow"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/notetaker/recalltest"
)

// add puts a meeting into a calendar and returns its id.
func (w *world) add(email string, in time.Duration, url string) string {
	return w.google.Calendars.Add(email, googletest.Meeting{Title: "T", Start: w.now().Add(in), Conference: url})
}

// is holds the row's one meeting and the live bots against what should be.
func (w *world) is(sub string, bot calendar.Bot, reason string, live int) {
	w.t.Helper()
	up := w.connection(sub).Upcoming
	if len(up) != 1 || up[0].Bot != bot || up[0].Reason != reason {
		w.t.Errorf("the row says %+v, want one meeting: %s %q", up, bot, reason)
	}
	if got := len(w.live()); got != live {
		w.t.Errorf("%d live bots, want %d", got, live)
	}
}

func TestABotFollowsItsMeeting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	email := w.user("u1", "pro")
	id := w.add(email, 2*time.Hour, zoom)
	calendars := w.google.Calendars
	steps := []struct {
		name   string
		do     func() error
		bot    calendar.Bot
		reason string
		live   int
	}{
		{"new", func() error { return nil }, scheduled, "", 1},
		{"moved", func() error { return calendars.Move(id, w.now().Add(3*time.Hour)) }, scheduled, "", 1},
		{"declined", func() error { return calendars.Decline(email, id) }, calendar.NoBot, follow.Declined, 0},
		{"accepted after all", func() error { return calendars.Respond(email, id, googletest.Accepted) }, scheduled, "", 1},
		{"another link", func() error { return calendars.Edit(id, func(m *googletest.Meeting) { m.Conference = meet }) }, scheduled, "", 1},
		{"skipped", func() error {
			_, err := w.settings().Change(t.Context(), "u1", calendar.Change{Skip: map[string]bool{id: true}})
			return err
		}, calendar.Skipped, follow.SkippedBy, 0},
		{"moved while it is skipped", func() error { return calendars.Move(id, w.now().Add(4*time.Hour)) }, calendar.Skipped, follow.SkippedBy, 0},
		{"not skipped any more", func() error {
			_, err := w.settings().Change(t.Context(), "u1", calendar.Change{Skip: map[string]bool{id: false}})
			return err
		}, scheduled, "", 1},
		{"moved back", func() error { return calendars.Move(id, w.now().Add(3*time.Hour)) }, scheduled, "", 1},
		{"no auto-join", func() error {
			_, err := w.settings().Change(t.Context(), "u1", calendar.Change{AutoJoin: new(bool)})
			return err
		}, calendar.NoBot, follow.AutoJoinOff, 0},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		w.pass(time.Minute)
		w.sync("u1")
		t.Log(s.name)
		w.is("u1", s.bot, s.reason, s.live)
	}
}

func TestTheBotHasTheNameThatItsUserGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	email := w.user("u1", "pro")
	name := "Ada's notes"
	if _, err := w.settings().Change(t.Context(), "u1", calendar.Change{BotName: &name}); err != nil {
		t.Fatal(err)
	}
	w.add(email, time.Hour, zoom)
	w.sync("u1")
	if bots := w.recall.Bots(); len(bots) != 1 || bots[0].Name != name {
		t.Errorf("bots %+v, want one called %q", bots, name)
	}
}

func TestAStoppedBotStaysAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	email := w.user("u1", "pro")
	id := w.add(email, 20*time.Minute, zoom)
	w.sync("u1")
	w.is("u1", scheduled, "", 1)
	bot := w.recall.Bots()[0].Metadata["bot_id"]
	if err := w.desk.Stop(t.Context(), "u1", bot); err != nil {
		t.Fatal(err)
	}
	for _, in := range []time.Duration{20 * time.Minute, 2 * time.Hour, 20 * time.Minute} {
		if err := w.google.Calendars.Move(id, w.now().Add(in)); err != nil {
			t.Fatal(err)
		}
		w.sync("u1")
		w.is("u1", calendar.Skipped, follow.Stopped, 0)
	}
}

func TestWhatThePlanDoesNotAllow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	email := w.user("u1", "free") // one bot at once
	w.add(email, time.Hour, zoom)
	second := w.add(email, time.Hour, meet)
	w.sync("u1")
	up := w.connection("u1").Upcoming
	if up[0].Bot != scheduled || up[1].Bot != calendar.NoBot || up[1].Reason != follow.Limit || len(w.live()) != 1 {
		t.Errorf("the row says %+v, want the first scheduled and the second over the limit", up)
	}
	if err := w.google.Calendars.Move(second, w.now().Add(5*time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.sync("u1")
	if got := len(w.live()); got != 2 {
		t.Errorf("%d live bots once the second is at another time, want 2", got)
	}
}

func TestFailuresAreWrittenDown(t *testing.T) {
	t.Parallel()
	quota := `{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}`
	tests := []struct {
		name    string
		fault   googletest.Fault
		problem string
		wait    time.Duration // of the first failure, with a chance of a half
	}{
		{"Google is down", googletest.Fault{Match: "GET /calendar/", Status: 503}, "UPSTREAM_UNAVAILABLE", 3 * time.Minute},
		{"no new token", googletest.Fault{Match: "POST /token", Status: 500, Body: `{"error":"internal_failure"}`}, "UPSTREAM_UNAVAILABLE", 3 * time.Minute},
		{"the quota is used up", googletest.Fault{Match: "GET /calendar/", Status: 403, Body: quota}, "CALENDAR_THROTTLED", 3 * time.Minute},
		{"our client is locked", googletest.Fault{Match: "POST /token", Status: 401, Body: `{"error":"invalid_client"}`}, "GOOGLE_CLIENT_REFUSED", 3 * time.Minute},
		{"the account has no calendar", googletest.Fault{Match: "GET /calendar/", Status: 404, Body: `{}`}, "CALENDAR_UNAVAILABLE", 3 * time.Minute},
	}
	db := dynamotest.New(t)
	for i, tt := range tests {
		w := newWorld(t, db)
		email := w.user(tt.name, "pro")
		w.add(email, time.Hour, fmt.Sprintf("https://zoom.us/j/95555%05d", i))
		w.sync(tt.name)
		before := w.connection(tt.name)
		w.google.Break(tt.fault)
		for n := 1; n <= 3; n++ {
			w.sync(tt.name)
			c := w.connection(tt.name)
			if c.Failures != n || c.Problem != tt.problem || len(c.Upcoming) != 1 || c.Upcoming[0].Bot != scheduled || !c.SyncedAt.Equal(before.SyncedAt) {
				t.Errorf("%s: after %d failures the row says %+v, want %d of %s and the meeting as it was", tt.name, n, c, n, tt.problem)
			}
			if got, want := c.NextPollAt.Sub(w.now().Truncate(time.Second)), tt.wait<<(n-1); got != want {
				t.Errorf("%s: after %d failures the next look is in %s, want %s", tt.name, n, got, want)
			}
		}
		w.google.Calm()
		w.sync(tt.name)
		if c := w.connection(tt.name); c.Failures != 0 || c.Problem != "" {
			t.Errorf("%s: after a success the row says %d failures of %q, want none", tt.name, c.Failures, c.Problem)
		}
	}
}

func TestARevokedGrantEndsTheConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.google.EndAccess(w.user("u1", "pro"))
	w.sync("u1")
	w.sync("u1")
	if len(w.ended) != 1 || w.connection("u1").State != calendar.Revoked {
		t.Errorf("ended %v, want u1's connection, once", w.ended)
	}
}

// renewing are tokens of which the first is too old.
type renewing struct {
	tokens
	renewed int
}

func (r *renewing) Token(context.Context, calendar.Connection) (string, error) { return "old", nil }

func (r *renewing) Renew(ctx context.Context, c calendar.Connection) (string, error) {
	r.renewed++
	return r.tokens.Renew(ctx, c)
}

func TestATokenThatGoogleRefusesIsRenewedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.add(w.user("u1", "pro"), time.Hour, zoom)
	r := &renewing{tokens: tokens{w}}
	w.follower.Tokens = r
	w.sync("u1")
	w.is("u1", scheduled, "", 1)
	w.google.Break(googletest.Fault{Match: "GET /calendar/", Status: http.StatusUnauthorized, Body: `{}`})
	w.sync("u1")
	if c := w.connection("u1"); r.renewed != 2 || c.Problem != "UPSTREAM_UNAVAILABLE" || c.State != calendar.Active {
		t.Errorf("%d renewals, problem %q, state %s: want one for each look, and an outage", r.renewed, c.Problem, c.State)
	}
}

func TestWhoseJobItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.add(w.user("u1", "pro"), time.Hour, zoom)
	due := w.connection("u1").NextPollAt
	looks := func() int { return w.google.Calendars.Looks("") }
	do := func(j poll.Job) {
		t.Helper()
		if err := w.follower.Sync(t.Context(), j); err != nil {
			t.Fatalf("Sync(%+v): %v", j, err)
		}
	}
	do(poll.Job{Sub: "u1", Claim: due.Unix() - 1})
	do(poll.Job{Sub: "nobody", Claim: due.Unix()})
	if looks() != 0 {
		t.Errorf("%d looks for jobs that are nobody's any more, want none", looks())
	}
	do(poll.Job{Sub: "u1", Claim: due.Unix()})
	do(poll.Job{Sub: "u1", Claim: due.Unix()}) // SQS delivers twice now and then
	if looks() != 1 {
		t.Errorf("%d looks for one job, want one", looks())
	}
	c := w.connection("u1")
	until := w.now().Add(50 * time.Second)
	if _, err := w.store.Save(t.Context(), c, calendar.Look{Upcoming: c.Upcoming, NextPollAt: w.now(), BusyUntil: until}); err != nil {
		t.Fatal(err)
	}
	do(poll.Job{Sub: "u1"})
	if next := w.connection("u1").NextPollAt; looks() != 1 || !next.Equal(until.Truncate(time.Second).Add(time.Second)) {
		t.Errorf("%d looks while another poll calls, the next in %s: want none before that one must be done", looks()-1, next.Sub(w.now()))
	}
}

func TestATableThatIsDownKeepsTheMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.add(w.user("u1", "pro"), time.Hour, zoom)
	w.life.left = 0
	if err := w.follower.Sync(t.Context(), poll.Job{Sub: "u1"}); !errors.Is(err, calendar.ErrStore) {
		t.Errorf("Sync = %v, want ErrStore", err)
	}
}

func TestADisconnectDuringTheCallsLeavesNoBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.add(w.user("u1", "pro"), time.Hour, zoom)
	bots := w.follower.Bots
	w.follower.Bots = func(name string) follow.Bots {
		c := w.connection("u1")
		if c.State == calendar.Active {
			if err := w.store.Delete(t.Context(), c); err != nil {
				t.Error(err)
			}
		}
		return bots(name)
	}
	w.sync("u1")
	if got := len(w.live()); got != 0 || len(w.recall.Bots()) != 1 {
		t.Errorf("%d live bots of %d ordered, want the one that was ordered gone", got, len(w.recall.Bots()))
	}
}

func TestRecallsTroubleIsTriedAgainSoon(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  recalltest.Fault
		bot    calendar.Bot
		reason string
		next   time.Duration
	}{
		{"no answer", recalltest.Fault{Method: "POST", Status: 0, Times: 1}, scheduled, follow.Retrying, 2 * time.Minute},
		{"an outage", recalltest.Fault{Method: "POST", Status: 500, Times: 1}, scheduled, follow.Retrying, 2 * time.Minute},
		{"a link that leads nowhere", recalltest.Fault{Method: "POST", Status: 400, Times: 1}, calendar.NoBot, follow.Refused, 2 * time.Minute},
	}
	for _, tt := range tests {
		w := newWorld(t, dynamotest.New(t))
		w.add(w.user("u1", "pro"), time.Hour, zoom)
		w.recall.Inject(tt.fault)
		w.sync("u1")
		t.Log(tt.name)
		w.is("u1", tt.bot, tt.reason, 0)
		if got := w.connection("u1").NextPollAt.Sub(w.now()).Round(time.Minute); got != tt.next {
			t.Errorf("%s: the next look in %s, want %s", tt.name, got, tt.next)
		}
		if tt.reason == follow.Refused {
			continue
		}
		w.pass(time.Minute)
		w.sync("u1")
		w.is("u1", scheduled, "", 1)
	}
}

// TestAMeetingThatComesBackAfterACrashGetsItsBot kills the process when the bot of a
// cancelled meeting is gone and nobody has written that down.
func TestAMeetingThatComesBackAfterACrashGetsItsBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	id := w.add(w.user("u1", "pro"), 2*time.Hour, zoom)
	w.sync("u1")
	w.is("u1", scheduled, "", 1)
	calls := 0
	for ; len(w.live()) == 1; calls++ {
		if err := w.google.Calendars.Cancel(id); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
		w.life.left = calls
		_ = w.follower.Sync(t.Context(), poll.Job{Sub: "u1", Share: 720}) // dies
		w.life.left = -1
	}
	if err := w.google.Calendars.Restore(id); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	w.sync("u1")
	w.pass(time.Minute)
	w.sync("u1")
	w.is("u1", scheduled, "", 1)
}
