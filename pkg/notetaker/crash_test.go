package notetaker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// frail is a way to DynamoDB on which one call is lost, before it is made or after
// it was, and every call behind it: the process has died there.
type frail struct {
	http.RoundTripper
	mu    sync.Mutex
	left  int // calls until it dies
	after bool
}

var errDied = errors.New("the process died")

func (f *frail) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.left--
	left := f.left
	f.mu.Unlock()
	if left < 0 || left == 0 && !f.after {
		return nil, errDied
	}
	resp, err := f.RoundTripper.RoundTrip(r)
	if left == 0 && err == nil {
		_ = resp.Body.Close()
		return nil, errDied
	}
	return resp, err
}

// dies does something in a process that dies at its nth call to DynamoDB, and
// reports whether it came so far.
func (w *world) dies(n int, after bool, do func(context.Context) error) (reached bool) {
	f := &frail{RoundTripper: http.DefaultTransport, left: n, after: after}
	w.desk.DB = dynamodb.New(w.db.Options(), func(o *dynamodb.Options) {
		o.HTTPClient, o.Retryer = &http.Client{Transport: f}, aws.NopRetryer{}
	})
	defer func() { w.desk.DB = w.db.Client }()
	err := do(w.t.Context())
	if err == nil && f.left <= 0 && !after {
		w.t.Errorf("call %d was lost and nobody noticed", n)
	}
	return f.left <= 0
}

// act is something that a user or a calendar does, between what was before and
// what is to be true in the end.
type act struct {
	name   string
	before func(w *world, x notetaker.Wish)
	do     func(ctx context.Context, w *world, x notetaker.Wish) error
	live   int    // bots in the end
	status string // of those that are listed
	listed int    // of the user's, not called off
	now    bool   // the meeting is now
}

func acts() []act {
	wanted := func(w *world, x notetaker.Wish) { w.want(x) }
	shared := func(w *world, x notetaker.Wish) {
		w.want(x)
		x.Sub += " other"
		w.user(x.Sub, "pro")
		w.want(x)
	}
	want := func(ctx context.Context, w *world, x notetaker.Wish) error {
		_, err := w.desk.Want(ctx, x)
		return err
	}
	withdraw := func(ctx context.Context, w *world, x notetaker.Wish) error {
		return w.desk.Withdraw(ctx, x.Sub, x.Link, x.Start)
	}
	skip := func(ctx context.Context, w *world, x notetaker.Wish) error {
		return w.desk.Skip(ctx, x.Sub, x.Link, x.Start, true)
	}
	stop := func(ctx context.Context, w *world, x notetaker.Wish) error {
		v := w.views(x.Sub)
		return w.desk.Stop(ctx, x.Sub, v[len(v)-1].BotID)
	}
	join := func(ctx context.Context, w *world, x notetaker.Wish) error {
		_, err := w.desk.Join(ctx, x.Sub, notetaker.Order{MeetingURL: x.Link.URL})
		return err
	}
	move := func(ctx context.Context, w *world, x notetaker.Wish) error {
		from := x.Start
		x.Start = from.Add(2 * time.Hour)
		_, err := w.desk.Move(ctx, x, from)
		return err
	}
	refused := func(w *world, _ notetaker.Wish) { w.recall.Inject(recalltest.Fault{Method: "POST", Status: 400}) }
	hopeless := func(ctx context.Context, w *world, x notetaker.Wish) error {
		_, err := w.desk.Want(ctx, x)
		if errors.Is(err, notetaker.ErrRefused) && !errors.Is(err, notetaker.ErrStore) {
			return nil
		}
		return err
	}
	return []act{
		{name: "a calendar wants what Recall refuses", before: refused, do: hopeless, listed: 1, status: notetaker.Failed},
		{name: "a calendar wants it", do: want, live: 1, listed: 1, status: notetaker.Scheduled},
		{name: "a person wants it now", do: join, live: 1, listed: 1, status: notetaker.Requested, now: true},
		{name: "a person wants what a calendar has ordered", before: wanted, do: join, live: 1, listed: 1, status: notetaker.Requested, now: true},
		{name: "a calendar takes it back", before: wanted, do: withdraw},
		{name: "a calendar takes it back from one of two", before: shared, do: withdraw, live: 1},
		{name: "a user skips it", before: wanted, do: skip},
		{name: "one of two skips it", before: shared, do: skip, live: 1},
		{name: "a user stops it", before: wanted, do: stop},
		{name: "one of two stops it", before: shared, do: stop, live: 1},
		{name: "its meeting moves", before: wanted, do: move, live: 1, listed: 1, status: notetaker.Scheduled},
		{name: "its meeting moves for one of two", before: shared, do: move, live: 2, listed: 1, status: notetaker.Scheduled},
	}
}

// TestACrashAtEveryPoint lets the process die at each of its calls to DynamoDB in
// turn, once before the call and once after it. There is never a second bot; and
// whoever tries again a minute later has what was asked for.
func TestACrashAtEveryPoint(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	room := 0
	for _, a := range acts() {
		points := 0
		for _, after := range []bool{false, true} {
			for n, reached := 1, true; reached; n++ {
				w := newWorld(t, db)
				room++
				x := w.wish(fmt.Sprintf("user %d", room), fmt.Sprintf("https://zoom.us/j/6%08d", room), w.now().Add(3*time.Hour))
				if a.now {
					x.Start = w.now()
				}
				w.user(x.Sub, "pro")
				if a.before != nil {
					a.before(w, x)
				}
				what := fmt.Sprintf("%s, dies at call %d (after it: %t)", a.name, n, after)
				reached = w.dies(n, after, func(ctx context.Context) error { return a.do(ctx, w, x) })
				w.neverTwo(what)
				w.skip(time.Minute)
				if err := a.do(t.Context(), w, x); err != nil {
					t.Errorf("%s: the next try: %v", what, err)
				}
				w.neverTwo(what)
				w.endsWith(what, x.Sub, a)
				points++
			}
		}
		t.Logf("%-46s %2d ways to die", a.name, points)
	}
}

// neverTwo holds that there is at most one live bot for a room and a time.
func (w *world) neverTwo(what string) {
	w.t.Helper()
	seen := map[string]bool{}
	for _, b := range w.live() {
		key := b.Metadata["bot_id"][:13] + b.MeetingURL // the first part of an id is its start
		if seen[key] {
			w.t.Errorf("%s: two live bots in one room at one time", what)
		}
		seen[key] = true
	}
}

func (w *world) endsWith(what, sub string, a act) {
	w.t.Helper()
	listed := 0
	for _, v := range w.views(sub) {
		if v.Status != notetaker.Cancelled {
			listed++
			if v.Status != a.status {
				w.t.Errorf("%s: the list says %s, want %s", what, v.Status, a.status)
			}
		}
	}
	if live := len(w.live()); live != a.live || listed != a.listed {
		w.t.Errorf("%s: %d live bots and %d in the user's list, want %d and %d: %+v", what, live, listed, a.live, a.listed, w.views(sub))
	}
}
