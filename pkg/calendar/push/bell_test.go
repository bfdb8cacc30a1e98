package push_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/push"
	"callanalyst/pkg/fault"
)

var (
	noon    = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	errDown = errors.New("down")
)

// world is a bell over a real table, in front of a queue.
type world struct {
	t      *testing.T
	store  calendar.Store
	secret string
	ch     calendar.Channel

	mu   sync.Mutex
	now  time.Time
	jobs []string // as "<delay> <body>"
	down bool
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// SendMessage implements the queue.
func (w *world) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errDown
	}
	w.jobs = append(w.jobs, fmt.Sprint(*in.QueueUrl, " ", in.DelaySeconds, " ", *in.MessageBody))
	return &sqs.SendMessageOutput{}, nil
}

// open makes a user u1, whose calendar has a channel.
func open(t *testing.T) *world {
	t.Helper()
	db := dynamotest.New(t)
	w := &world{t: t, store: calendar.Store{DB: db, Table: db.Table("calendar_connections")}, now: noon}
	c := calendar.Connection{Sub: "u1", State: calendar.Active, Grant: "g", Refresh: []byte("r"), NextPollAt: noon.Add(time.Hour), Version: 1}
	if err := w.store.Connect(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	w.listen()
	return w
}

// listen gives u1 a new channel.
func (w *world) listen() {
	w.t.Helper()
	ch, secret, err := calendar.NewChannel("u1", rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	ch.Until = noon.AddDate(0, 0, 7)
	w.ch, w.secret = ch, secret
	if _, err := w.store.Save(w.t.Context(), w.row(), calendar.Look{NextPollAt: noon.Add(time.Hour), Channel: &w.ch, Share: 720}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) row() calendar.Connection {
	w.t.Helper()
	c, err := w.store.Get(w.t.Context(), "u1")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) bell() *push.Bell {
	return &push.Bell{Store: w.store, SQS: w, Queue: "q", Now: w.clock}
}

func (w *world) message() push.Message {
	return push.Message{Channel: w.ch.ID, Token: w.secret, State: "exists"}
}

// rings sends the channel's message and holds the outcome against want.
func (w *world) rings(want push.Outcome) {
	w.t.Helper()
	if got, err := w.bell().Ring(w.t.Context(), w.message()); err != nil || got.Outcome != want {
		w.t.Errorf("at %s: Ring = %+v, %v, want %s", w.clock().Format(time.TimeOnly), got, err, want)
	}
}

const job = `{"sub":"u1","share":720}`

func TestABurstIsOneLook(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.rings(push.Queued)
	for range 5 {
		w.pass(500 * time.Millisecond)
		w.rings(push.Ignored)
	}
	if diff := cmp.Diff([]string{"q 3 " + job}, w.jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	w.pass(time.Second) // the look may have begun: what changes now needs another
	w.rings(push.Queued)
	w.pass(20 * time.Second)
	w.rings(push.Ignored)
	w.pass(time.Minute)
	w.rings(push.Queued)
	if diff := cmp.Diff([]string{"q 3 " + job, "q 30 " + job, "q 4 " + job}, w.jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if c := w.row(); !c.NextPollAt.Equal(noon.Add(time.Hour)) || c.Version != 2 {
		t.Errorf("the row is %+v, want its poll and its version untouched", c)
	}
}

func TestMessagesAtOnceAreOneLook(t *testing.T) {
	t.Parallel()
	w := open(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.bell().Ring(t.Context(), w.message()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(w.jobs) != 1 {
		t.Errorf("jobs %q, want one", w.jobs)
	}
}

// TestWhoMayNotRing spoils one part of a good message, or of the row, at a time.
func TestWhoMayNotRing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(w *world, m *push.Message)
	}{
		{"with a guess", func(_ *world, m *push.Message) { m.Token = "guess" }},
		{"without the secret", func(_ *world, m *push.Message) { m.Token = "" }},
		{"with the hash in the table", func(w *world, m *push.Message) { m.Token = w.ch.Token }},
		{"without a channel", func(_ *world, m *push.Message) { m.Channel = "" }},
		{"by an id that is none", func(_ *world, m *push.Message) { m.Channel = "u1" }},
		{"of a user that is none", func(_ *world, m *push.Message) { m.Channel = "dTI=abc" }},
		{"by another id of the user's", func(_ *world, m *push.Message) { m.Channel += "A" }},
		{"by a channel that was replaced", func(w *world, _ *push.Message) { w.listen() }},
		{"by one that has ended", func(w *world, _ *push.Message) { w.pass(7 * 24 * time.Hour) }},
		{"after the connection was ended", func(w *world, _ *push.Message) {
			if _, err := w.store.Retire(w.t.Context(), w.row(), calendar.Ending); err != nil {
				w.t.Fatal(err)
			}
		}},
		{"after it was removed", func(w *world, _ *push.Message) {
			if err := w.store.Delete(w.t.Context(), w.row()); err != nil {
				w.t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			m := w.message()
			tt.spoil(w, &m)
			_, err := w.bell().Ring(t.Context(), m)
			if !errors.Is(err, push.ErrNoChannel) || fault.Of(err).Code != "NOT_FOUND" || len(w.jobs) != 0 || !w.row().PushAt.IsZero() {
				t.Errorf("Ring: %v, jobs %q, want NOT_FOUND and nothing done", err, w.jobs)
			}
		})
	}
}

// TestTheFirstMessageIsTakenBeforeTheRow is Google's order: sync may come while
// the look that opened the channel still goes on.
func TestTheFirstMessageIsTakenBeforeTheRow(t *testing.T) {
	t.Parallel()
	w := open(t)
	got, err := w.bell().Ring(t.Context(), push.Message{Channel: "unknown", State: "sync"})
	if err != nil || got.Outcome != push.Ignored || len(w.jobs) != 0 {
		t.Errorf("Ring = %+v, %v, jobs %q, want nothing done", got, err, w.jobs)
	}
}

// TestAJobThatIsNotSentIsSentAtGooglesNextTry has the queue fail once.
func TestAJobThatIsNotSentIsSentAtGooglesNextTry(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.down = true
	if _, err := w.bell().Ring(t.Context(), w.message()); !errors.Is(err, calendar.ErrStore) || !errors.Is(err, errDown) {
		t.Errorf("Ring: %v, want ErrStore, which is 503", err)
	}
	w.down = false
	w.pass(time.Second)
	w.rings(push.Queued)
}

// broken is a store that answers nothing.
type broken struct{ calendar.Store }

func (broken) Get(context.Context, string) (calendar.Connection, error) {
	return calendar.Connection{}, calendar.ErrStore
}

func TestWithoutTheTableGoogleComesAgain(t *testing.T) {
	t.Parallel()
	w := open(t)
	b := w.bell()
	b.Store = broken{w.store}
	if _, err := b.Ring(t.Context(), w.message()); !errors.Is(err, calendar.ErrStore) {
		t.Errorf("Ring: %v, want ErrStore", err)
	}
}

func TestAMessageIsInTheHeaders(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	h.Set("X-Goog-Channel-ID", "c1")
	h.Set("X-Goog-Channel-Token", "t1")
	h.Set("X-Goog-Resource-State", "sync")
	if got, want := push.MessageOf(h), (push.Message{Channel: "c1", Token: "t1", State: "sync"}); got != want {
		t.Errorf("MessageOf = %+v, want %+v", got, want)
	}
}
