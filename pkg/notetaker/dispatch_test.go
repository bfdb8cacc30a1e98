package notetaker_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

func TestOneBotForARoomAndATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	w.user("u2", "pro")
	start := w.now().Add(time.Hour)
	first := w.want(w.wish("u1", zoom, start))
	again := w.want(w.wish("u1", "https://us02web.zoom.us/wc/join/84335626851", start))
	other := w.want(w.wish("u2", zoom, start))
	if first.Status != notetaker.Scheduled || first != again || first != other {
		t.Errorf("placed %+v, %+v, %+v, want one scheduled bot", first, again, other)
	}
	w.liveIs(1)
	for _, sub := range []string{"u1", "u2"} {
		v := w.views(sub)
		if len(v) != 1 || v[0].BotID != first.BotID || v[0].Source != notetaker.Calendar || v[0].Status != "scheduled" {
			t.Errorf("bots of %s = %+v", sub, v)
		}
	}
	if b := w.live()[0]; !b.JoinAt.Equal(start.Truncate(time.Minute)) || b.Metadata["bot_id"] != first.BotID {
		t.Errorf("the bot is %+v", b)
	}
}

func TestThirtyTwoAtOnceMakeOneBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := w.desk.Want(t.Context(), x); err != nil {
				t.Errorf("Want: %v", err)
			}
		})
	}
	wg.Wait()
	w.liveIs(1)
	if n := len(w.recall.Bots()); n != 1 {
		t.Errorf("%d bots were ordered in all, want 1", n)
	}
}

func TestTheLastOneTakesTheBotAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	w.user("u2", "pro")
	x, y := w.wish("u1", zoom, w.now().Add(time.Hour)), w.wish("u2", zoom, w.now().Add(time.Hour))
	w.want(x)
	w.want(y)
	if err := w.desk.Withdraw(t.Context(), "u1", x.Link, x.Start); err != nil {
		t.Fatal(err)
	}
	w.liveIs(1)
	for range 2 { // also a second time
		if err := w.desk.Withdraw(t.Context(), "u2", y.Link, y.Start); err != nil {
			t.Fatal(err)
		}
		w.liveIs(0)
	}
	w.want(x) // the meeting is back in the calendar
	w.liveIs(1)
	if v := w.views("u1"); len(v) != 2 || v[0].Status+v[1].Status != "scheduledcancelled" && v[0].Status+v[1].Status != "cancelledscheduled" {
		t.Errorf("bots = %+v, want the cancelled one and the new one", v)
	}
}

func TestMovingABotTakesItsPlaceAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "free") // one bot at once
	from := w.now().Add(time.Hour)
	x := w.wish("u1", zoom, from)
	w.want(x)
	x.Start = from.Add(30 * time.Minute)
	for range 2 {
		if _, err := w.desk.Move(t.Context(), x, from); err != nil {
			t.Fatal(err)
		}
	}
	w.liveIs(1)
	if b := w.live()[0]; !b.JoinAt.Equal(x.Start.Truncate(time.Minute)) {
		t.Errorf("the bot joins at %s, want %s", b.JoinAt, x.Start)
	}
}

func TestTheUsersStopWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	p := w.want(x)
	if err := w.desk.Stop(t.Context(), "u2", p.BotID); !errors.Is(err, notetaker.ErrNoBot) {
		t.Errorf("somebody else's stop = %v, want ErrNoBot", err)
	}
	w.liveIs(1)
	for range 2 {
		if err := w.desk.Stop(t.Context(), "u1", p.BotID); err != nil {
			t.Fatal(err)
		}
	}
	w.liveIs(0)
	if _, err := w.desk.Want(t.Context(), x); !errors.Is(err, notetaker.ErrStopped) {
		t.Errorf("the calendar's next tick = %v, want ErrStopped", err)
	}
	w.liveIs(0)
	x.Source = notetaker.Manual
	w.want(x) // by hand it may come again
	w.liveIs(1)
}

func TestASkippedMeetingGetsNoBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	for _, skip := range []bool{true, false} {
		if err := w.desk.Skip(t.Context(), "u1", x.Link, x.Start, skip); err != nil {
			t.Fatal(err)
		}
		_, err := w.desk.Want(t.Context(), x)
		if errors.Is(err, notetaker.ErrStopped) != skip {
			t.Errorf("with skip %t: Want = %v", skip, err)
		}
	}
	w.liveIs(1)
	if err := w.desk.Skip(t.Context(), "u1", x.Link, x.Start, true); err != nil {
		t.Fatal(err)
	}
	w.liveIs(0)
}

func TestLimitsAreCheckedBeforeAnyCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "free")
	soon := w.now().Add(2 * time.Hour)
	w.want(w.wish("u1", zoom, soon))
	calls := len(w.recall.Calls())
	const other = "https://meet.google.com/abc-defg-hij"
	tests := []struct {
		name string
		sub  string
		row  notetaker.Item
		at   time.Time
		want string
	}{
		{name: "a second bot at the same time", sub: "u1", at: soon.Add(59 * time.Minute), want: "BOT_LIMIT"},
		{name: "no terms accepted", sub: "u2", row: notetaker.Item{}, at: soon, want: "TOS_REQUIRED"},
		{name: "a locked account", sub: "u3", row: notetaker.Item{"tos_version": str("2026-06-01"), "disabled": str("x")}, at: soon, want: "ACCOUNT_DISABLED"},
		{name: "the month's hours used", sub: "u4", row: notetaker.Item{"tos_version": str("2026-06-01"), "usage_period": str("2026-11"), "bot_seconds_used": num(3600)}, at: soon, want: "QUOTA_EXCEEDED"},
	}
	for _, tt := range tests {
		if tt.row != nil {
			tt.row["cognito_sub"] = str(tt.sub)
			put(t, w.db, "entitlements", tt.row)
		}
		if _, err := w.desk.Want(t.Context(), w.wish(tt.sub, other, tt.at)); code(err) != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if got := len(w.recall.Calls()); got != calls {
		t.Errorf("Recall was called %d times for refused wishes", got-calls)
	}
	w.want(w.wish("u1", other, soon.Add(time.Hour))) // one after the other is fine
	w.liveIs(2)
}

// TestNobodyOverspendsInParallel sends many wishes for different rooms at one
// time: no more than the plan's bots come of them.
func TestNobodyOverspendsInParallel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro") // three at once
	var wg sync.WaitGroup
	for i := range 12 {
		x := w.wish("u1", "https://zoom.us/j/9000000"+string(rune('0'+i%10))+string(rune('0'+i/10)), w.now().Add(time.Hour))
		wg.Go(func() {
			if _, err := w.desk.Want(t.Context(), x); err != nil && code(err) != "BOT_LIMIT" {
				t.Errorf("Want: %v", err)
			}
		})
	}
	wg.Wait()
	w.liveIs(3)
}

func TestRecallInTrouble(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	tests := []struct {
		name  string
		fault recalltest.Fault
		now   bool // an order for right now
		want  string
		after time.Duration // until the next try
	}{
		{name: "no bot is free", fault: recalltest.Fault{Status: http.StatusInsufficientStorage, Times: 1}, now: true, want: "UPSTREAM_UNAVAILABLE", after: 31 * time.Second},
		{name: "the answer is lost", fault: recalltest.Fault{Method: "POST", After: true, Times: 1}, want: "UPSTREAM_UNAVAILABLE"},
		{name: "the answer is lost, and nobody asks for two hours", fault: recalltest.Fault{Method: "POST", After: true, Times: 1}, want: "UPSTREAM_UNAVAILABLE", after: 2 * time.Hour},
		{name: "the answer is an error, after the work", fault: recalltest.Fault{Method: "POST", Status: 502, After: true, Times: 1}, want: "UPSTREAM_UNAVAILABLE"},
		{name: "the request is lost", fault: recalltest.Fault{Method: "POST", Times: 1}, want: "UPSTREAM_UNAVAILABLE"},
		{name: "the request is lost for two hours", fault: recalltest.Fault{Method: "POST", Times: 1}, want: "UPSTREAM_UNAVAILABLE", after: 2 * time.Hour},
		{name: "too many calls", fault: recalltest.Fault{Method: "POST", Status: 429, RetryAfter: 20 * time.Second, Times: 1}, want: "UPSTREAM_UNAVAILABLE", after: 21 * time.Second},
		{name: "no credit", fault: recalltest.Fault{Method: "POST", Status: 402, Times: 1}, want: "UPSTREAM_UNAVAILABLE", after: 31 * time.Second},
		{name: "another request of the key under way", fault: recalltest.Fault{Method: "POST", Status: 409, Times: 1}, want: "UPSTREAM_UNAVAILABLE"},
	}
	for i, tt := range tests {
		w := newWorld(t, db)
		sub := string(rune('a' + i))
		w.user(sub, "pro")
		x := w.wish(sub, "https://zoom.us/j/70000000"+string(rune('0'+i)), w.now().Add(24*time.Hour))
		if tt.now {
			x.Start = w.now()
		}
		mend := w.recall.Inject(tt.fault)
		if _, err := w.desk.Want(t.Context(), x); code(err) != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
		mend()
		w.skip(tt.after)
		if _, err := w.desk.Want(t.Context(), x); err != nil {
			t.Errorf("%s: the next try: %v", tt.name, err)
		}
		if got := len(w.recall.Bots()); got != 1 {
			t.Errorf("%s: %d bots were made in all, want 1", tt.name, got)
		}
	}
}

// TestAListThatIsBehindMakesNoSecondBot loses an answer, and Recall's list does
// not have the bot yet when it is looked for: the attempt's own key repeats it.
func TestAListThatIsBehindMakesNoSecondBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.reopen(recalltest.Config{ListLag: time.Minute})
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	w.recall.Inject(recalltest.Fault{Method: "POST", After: true, Times: 2})
	for i := range 3 {
		if _, err := w.desk.Want(t.Context(), x); (err == nil) != (i == 2) {
			t.Errorf("try %d: %v", i+1, err)
		}
	}
	if got := len(w.recall.Bots()); got != 1 {
		t.Errorf("%d bots were made, want 1", got)
	}
}

func TestARefusedMeetingStaysRefusedUntilAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	mend := w.recall.Inject(recalltest.Fault{Method: "POST", Status: 400})
	if _, err := w.desk.Want(t.Context(), x); !errors.Is(err, notetaker.ErrRefused) {
		t.Errorf("Want = %v, want ErrRefused", err)
	}
	mend()
	if p := w.want(x); p.Status != notetaker.Failed {
		t.Errorf("the calendar's next tick placed %+v, want it failed", p)
	}
	x.Source = notetaker.Manual
	w.want(x)
	w.liveIs(1)
}

// TestACrashAfterTheOrderLeavesNoSecondBot forgets what came of the order, as a
// process that dies does, for so long that Recall has forgotten its key.
func TestABotThatNobodyWantsIsSentAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(5*time.Minute)) // too late to be deleted
	p := w.want(x)
	if err := w.desk.Stop(t.Context(), "u1", p.BotID); err != nil {
		t.Fatalf("stop of a bot between its order and its departure: %v", err)
	}
	w.liveIs(1) // it takes no command yet
	w.pass(6 * time.Minute)
	w.liveIs(0)
	if b := w.recall.Bots()[0]; len(b.History) > 2 && strings.Contains(strings.Join(b.History, " "), "in_call_recording") {
		t.Errorf("the stopped bot went through %v", b.History)
	}
}

func TestABotThatIsWantedAgainWhileItGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	w.want(x)
	mend := w.recall.Inject(recalltest.Fault{Method: "DELETE", Status: 503})
	if err := w.desk.Withdraw(t.Context(), "u1", x.Link, x.Start); code(err) != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("Withdraw = %v, want UPSTREAM_UNAVAILABLE", err)
	}
	mend()
	w.skip(5 * time.Second)
	w.want(x)
	w.liveIs(1)
	if n := len(w.recall.Bots()); n != 2 {
		t.Errorf("%d bots were made, want the old one removed and a new one", n)
	}
}

// during are terms that something happens behind, while they are looked at.
type during func()

func (f during) Check(string) error {
	f()
	return nil
}

// TestAStopWinsAgainstAWishUnderWay lets the user say no between a calendar's
// look at the meeting and its record.
func TestAStopWinsAgainstAWishUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	x := w.wish("u1", zoom, w.now().Add(time.Hour))
	w.desk.Terms = during(func() {
		if err := w.desk.Skip(t.Context(), "u1", x.Link, x.Start, true); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.desk.Want(t.Context(), x); !errors.Is(err, notetaker.ErrStopped) {
		t.Errorf("Want = %v, want ErrStopped", err)
	}
	w.liveIs(0)
	if v := w.views("u1"); len(v) != 0 {
		t.Errorf("the user's list shows %+v", v)
	}
}
