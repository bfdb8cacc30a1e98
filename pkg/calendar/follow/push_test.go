package follow_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/calendar/push"
	"callanalyst/pkg/notetaker/recalltest"
)

// SendMessage implements the queue for what changes ask for.
func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	j, err := poll.Parse(*in.MessageBody)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, j)
	return &sqs.SendMessageOutput{}, nil
}

// listening is a world whose Google tells of changes.
func listening(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, dynamotest.New(t))
	bell := &push.Bell{Store: w.store, SQS: w, Queue: "https://queue", Now: w.now}
	hook := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := bell.Ring(r.Context(), push.MessageOf(r.Header)); err != nil {
			rw.WriteHeader(http.StatusNotFound)
		}
	})
	w.google = googletest.New(googletest.Config{Now: w.now, HTTP: &http.Client{Transport: recalltest.Transport{Handler: hook}}})
	events := &google.Events{Base: "https://google.example", HTTP: &http.Client{Transport: wire{w.google, w.life}}}
	w.follower.Events = events
	w.follower.Channels = &push.Opener{Google: events, Address: "https://callanalyst.example/webhooks/google", Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Now: w.now}
	return w
}

// told delivers Google's messages and does the jobs that follow.
func (w *world) told() (jobs int) {
	w.t.Helper()
	w.google.Deliver(w.t.Context())
	for len(w.jobs) > 0 {
		w.pass(5 * time.Second)
		j := w.jobs[0]
		w.jobs = w.jobs[1:]
		if err := w.follower.Sync(w.t.Context(), j); err != nil {
			w.t.Fatalf("Sync(%+v): %v", j, err)
		}
		jobs++
	}
	return jobs
}

// TestAChangeIsFollowedWithoutAPoll makes, moves and cancels a meeting, and runs no
// poll after the first.
func TestAChangeIsFollowedWithoutAPoll(t *testing.T) {
	t.Parallel()
	w := listening(t)
	email := w.user("u1", "pro")
	w.sync("u1")
	if jobs := w.told(); jobs != 0 || w.google.Listening(email) != 1 || w.connection("u1").Share != 720 {
		t.Fatalf("at first %d jobs, %d channels and %+v", jobs, w.google.Listening(email), w.connection("u1"))
	}
	id := w.add(email, 2*time.Hour, zoom)
	if jobs := w.told(); jobs != 1 {
		t.Errorf("a new meeting: %d looks, want one, however often it is told", jobs)
	}
	w.is("u1", scheduled, "", 1)
	w.pass(time.Minute)
	later := w.now().Add(3 * time.Hour)
	if err := w.google.Calendars.Move(id, later); err != nil {
		t.Fatal(err)
	}
	w.told()
	w.is("u1", scheduled, "", 1)
	if len(w.live()[w.key(zoom, later)]) != 1 {
		t.Errorf("the bots are at %v, want one at %s", w.live(), later)
	}
	w.pass(time.Minute)
	if err := w.google.Calendars.Cancel(id); err != nil {
		t.Fatal(err)
	}
	w.told()
	if up := w.connection("u1").Upcoming; len(up) != 0 || len(w.live()) != 0 {
		t.Errorf("after it was cancelled: %+v and %d bots", up, len(w.live()))
	}
	if pause := w.connection("u1").NextPollAt.Sub(w.now()); pause < 3*time.Minute {
		t.Errorf("the next poll comes in %s, want half as often as without a channel", pause)
	}
}

// TestChannelsAreReplacedBeforeTheyEnd looks twice a day for three weeks.
func TestChannelsAreReplacedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	w := listening(t)
	email := w.user("u1", "pro")
	seen := map[string]bool{}
	for range 42 {
		w.sync("u1")
		w.told()
		c := w.connection("u1").Channel
		if !c.Live(w.now()) {
			t.Fatalf("at %s there is no channel: %+v", w.now(), c)
		}
		seen[c.ID] = true
		w.pass(12 * time.Hour)
	}
	if len(seen) != 4 || w.google.Listening(email) > 2 {
		t.Errorf("%d channels in three weeks, %d of them open, want 4 and at most two at once", len(seen), w.google.Listening(email))
	}
}

// TestNoChannelIsNoTrouble takes channels away: the looks go on, and seldom ask.
func TestNoChannelIsNoTrouble(t *testing.T) {
	t.Parallel()
	w := listening(t)
	email := w.user("u1", "pro")
	w.google.Break(googletest.Fault{Match: "POST /calendar/v3/calendars/primary/events/watch", Status: 403, Body: `{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}`})
	w.add(email, 2*time.Hour, zoom)
	for range 20 {
		w.sync("u1")
		w.pass(time.Minute)
	}
	w.is("u1", scheduled, "", 1)
	c, asked := w.connection("u1"), 0
	for _, call := range w.google.Calls() {
		if call == "POST /calendar/v3/calendars/primary/events/watch" {
			asked++
		}
	}
	if c.Failures != 0 || c.Problem != "" || asked != 1 {
		t.Errorf("the row has %d failures, %q; asked %d times, want none and once an hour", c.Failures, c.Problem, asked)
	}
	w.google.Calm()
	w.pass(time.Hour)
	w.sync("u1")
	if w.google.Listening(email) != 1 || !w.connection("u1").Channel.Live(w.now()) {
		t.Errorf("afterwards: %d channels, %+v", w.google.Listening(email), w.connection("u1").Channel)
	}
}
