package notetaker_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// script has one line before and one after the moment in which somebody leaves.
func script() []recalltest.Line {
	return []recalltest.Line{{At: time.Second, ID: 1, Text: "Before."}, {At: 20 * time.Second, ID: 1, Text: "After."}}
}

// TestWhoeverLeavesHearsNoMore lets one of two users leave a call in each way that
// there is, before it and in the middle. The bot stays with the other one.
func TestWhoeverLeavesHearsNoMore(t *testing.T) {
	t.Parallel()
	type leave func(w *world, x notetaker.Wish, bot string) error
	withdraw := func(w *world, x notetaker.Wish, _ string) error {
		return w.desk.Withdraw(w.t.Context(), x.Sub, x.Link, x.Start)
	}
	skip := func(w *world, x notetaker.Wish, _ string) error {
		return w.desk.Skip(w.t.Context(), x.Sub, x.Link, x.Start, true)
	}
	stop := func(w *world, x notetaker.Wish, bot string) error { return w.desk.Stop(w.t.Context(), x.Sub, bot) }
	elsewhere := func(w *world, x notetaker.Wish, _ string) error {
		to := notetaker.Place{Link: x.Link, Start: x.Start.Add(48 * time.Hour)}
		return w.desk.Carry(w.t.Context(), x.Sub, notetaker.Place{Link: x.Link, Start: x.Start}, to, false)
	}
	tests := []struct {
		name   string
		leave  leave
		early  bool // before the bot joins
		back   bool // and wants it again before the second line
		again  bool // and then leaves again
		reads  string
		booked string // seconds
		status string // after leaving
		text   string
	}{
		{name: "declines in the middle", leave: withdraw, reads: "Before.", booked: "15", status: "cancelled", text: "The notetaker was called off."},
		{name: "skips in the middle", leave: skip, reads: "Before.", booked: "15", status: "cancelled", text: "The notetaker was called off."},
		{name: "stops in the middle", leave: stop, reads: "Before.", booked: "15", status: "cancelled", text: "You called the notetaker off."},
		{name: "moves it away in the middle", leave: elsewhere, reads: "Before.", booked: "15", status: "cancelled", text: "The notetaker was called off."},
		{name: "declines before", leave: withdraw, early: true, booked: "0", status: "cancelled", text: "The notetaker was called off."},
		{name: "skips before", leave: skip, early: true, booked: "0", status: "cancelled", text: "The notetaker was called off."},
		{name: "stops before", leave: stop, early: true, booked: "0", status: "cancelled", text: "You called the notetaker off."},
		{name: "declines, accepts and declines again", leave: withdraw, back: true, again: true, reads: "Before.", booked: "15", status: "cancelled", text: "The notetaker was called off."},
		{name: "declines, and accepts again", leave: withdraw, back: true, reads: "Before.|After.", booked: "29", status: "cancelled", text: "The notetaker was called off."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynamotest.New(t), script()...)
			w.user("goes", "pro")
			w.user("stays", "pro")
			start := w.now().Add(20 * time.Minute).Truncate(time.Minute)
			x := w.wish("goes", zoom, start)
			bot := w.want(x).BotID
			w.want(w.wish("stays", zoom, start))
			if !tt.early {
				w.pass(start.Sub(w.now()) + 15*time.Second)
			}
			for range 2 { // also a second time
				if err := tt.leave(w, x, bot); err != nil {
					t.Fatal(err)
				}
			}
			if v := w.views("goes"); v[len(v)-1].Status != tt.status || v[len(v)-1].StatusText != tt.text {
				t.Errorf("the list says %s, %q, want %s, %q", v[len(v)-1].Status, v[len(v)-1].StatusText, tt.status, tt.text)
			}
			if tt.back {
				w.want(x)
			}
			if tt.again {
				if err := tt.leave(w, x, bot); err != nil {
					t.Fatal(err)
				}
			}
			w.liveIs(1)
			w.pass(start.Sub(w.now()) + time.Minute)
			if got := w.read("goes", bot); texts(got) != tt.reads || got.More || got.PollAfterMS != 0 {
				t.Errorf("who left reads %+v, want %q and nothing to wait for", got, tt.reads)
			}
			if got := texts(w.read("stays", bot)); got != "Before.|After." {
				t.Errorf("who stayed reads %q", got)
			}
			for sub, want := range map[string]string{"goes": tt.booked, "stays": "29"} {
				if got := n(w.row("entitlements", notetaker.Item{"cognito_sub": str(sub)})["bot_seconds_used"]); got != want {
					t.Errorf("%s has used %s s, want %s", sub, got, want)
				}
			}
		})
	}
}

// between is a table in which something happens right before the next transaction.
type between struct {
	*dynamodb.Client
	do func()
}

func (b *between) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	if do := b.do; do != nil {
		b.do = nil
		do()
	}
	return b.Client.TransactWriteItems(ctx, in, o...)
}

// TestAStopThatMeetsANewWish lets another user begin to want the bot between the
// look that found nobody else there and the stop: the bot stays, and what it hears
// is not who stopped's.
func TestAStopThatMeetsANewWish(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t), script()...)
	w.user("goes", "pro")
	w.user("stays", "pro")
	start := w.now().Truncate(time.Minute)
	bot := w.want(w.wish("goes", zoom, start)).BotID
	w.pass(15 * time.Second)
	w.desk.DB = &between{w.db.Client, func() { w.want(w.wish("stays", zoom, start)) }}
	if err := w.desk.Stop(t.Context(), "goes", bot); err != nil {
		t.Fatal(err)
	}
	w.liveIs(1)
	w.pass(time.Minute)
	if goes, stays := texts(w.read("goes", bot)), texts(w.read("stays", bot)); goes != "Before." || stays != "Before.|After." {
		t.Errorf("who stopped reads %q, the other %q", goes, stays)
	}
}

// TestAWishThatMeetsItsOwnParting lets a user accept a meeting again while others'
// looks are parting the user from its bot: whoever wants the bot has it whole.
func TestAWishThatMeetsItsOwnParting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t), script()...)
	w.user("goes", "pro")
	w.user("stays", "pro")
	start := w.now().Truncate(time.Minute)
	x := w.wish("goes", zoom, start)
	bot := w.want(x).BotID
	w.want(w.wish("stays", zoom, start))
	w.desk.DB = &between{w.db.Client, func() { w.want(x) }}
	if err := w.desk.Withdraw(t.Context(), "goes", x.Link, start); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	if got := texts(w.read("goes", bot)); got != "Before.|After." {
		t.Errorf("who wants it again reads %q", got)
	}
}

// TestAnOrderRepeatedForOthersKeepsAStop lets a user stop, and the process die of
// it, while another user's wish is about to repeat the order for both.
func TestAnOrderRepeatedForOthersKeepsAStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("goes", "pro")
	w.user("stays", "pro")
	start := w.now().Add(time.Hour)
	w.recall.Inject(recalltest.Fault{Method: "POST", Times: 1})
	if _, err := w.desk.Want(t.Context(), w.wish("goes", zoom, start)); code(err) != "UPSTREAM_UNAVAILABLE" {
		t.Fatalf("Want = %v, want the order to be lost", err)
	}
	bot := w.views("goes")[0].BotID
	w.desk.DB = &between{w.db.Client, func() {
		if !w.dies(3, true, func(ctx context.Context) error { return w.desk.Stop(ctx, "goes", bot) }) {
			t.Error("the stop was not written")
		}
	}}
	w.want(w.wish("stays", zoom, start))
	w.liveIs(1)
	if v := w.views("goes"); len(v) != 1 || v[0].StatusText != "You called the notetaker off." {
		t.Errorf("the list of who stopped is %+v", v)
	}
	if v := w.views("stays"); len(v) != 1 || v[0].BotID != bot || v[0].Status != notetaker.Scheduled {
		t.Errorf("the list of who stays is %+v", v)
	}
}
