package poll_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/poll"
)

var noon = time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)

// queue is a queue that keeps what it is sent.
type queue struct {
	mu     sync.Mutex
	jobs   map[string]poll.Job
	delays map[string]int32
	down   bool
	picky  func(sub string) bool // whose messages it does not take
	sizes  []int
}

func (q *queue) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		return nil, errors.New("SQS is down")
	}
	out := &sqs.SendMessageBatchOutput{}
	q.sizes = append(q.sizes, len(in.Entries))
	for _, e := range in.Entries {
		j, err := poll.Parse(*e.MessageBody)
		if err != nil {
			return nil, err
		}
		if q.picky != nil && q.picky(j.Sub) {
			out.Failed = append(out.Failed, sqstypes.BatchResultErrorEntry{Id: e.Id})
			continue
		}
		q.jobs[j.Sub], q.delays[j.Sub] = j, e.DelaySeconds
	}
	return out, nil
}

// world is a poller in front of a real table and a queue.
type world struct {
	t     *testing.T
	store calendar.Store
	db    *dynamotest.DB
	queue *queue
	at    time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := dynamotest.New(t)
	return &world{
		t: t, db: db, store: calendar.Store{DB: db, Table: db.Table("calendar_connections")}, at: noon,
		queue: &queue{jobs: map[string]poll.Job{}, delays: map[string]int32{}},
	}
}

func (w *world) now() time.Time { return w.at }

// poller returns a poller of a process that has just begun.
func (w *world) poller(rate int) *poll.Poller {
	return &poll.Poller{
		DB: w.db, SQS: w.queue, Claims: poll.Claims{DB: w.db, Table: w.store.Table}, Queue: "https://queue",
		Quota: 1_000_000, Lane: &poll.Lane{Rate: rate}, Log: slog.New(slog.DiscardHandler), Now: w.now,
	}
}

func (w *world) connect(sub string, due time.Time) {
	w.t.Helper()
	c := calendar.Connection{Sub: sub, State: calendar.Active, Grant: "g-" + sub, Refresh: []byte("r"), NextPollAt: due, Version: 1}
	if err := w.store.Connect(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) due(sub string) time.Time {
	w.t.Helper()
	c, err := w.store.Get(w.t.Context(), sub)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.NextPollAt
}

func (w *world) run(p *poll.Poller) poll.Tally {
	w.t.Helper()
	got, err := p.Run(w.t.Context())
	if err != nil {
		w.t.Fatalf("Run: %v", err)
	}
	return got
}

func TestWhatIsDueIsSentAtItsMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	due := map[string]time.Duration{"overdue": -time.Hour, "now": 0, "in this tick": 90 * time.Second, "next tick": 3 * time.Minute, "tomorrow": 24 * time.Hour}
	for sub, d := range due {
		w.connect(sub, noon.Add(d))
	}
	w.connect("revoked", noon)
	if c, err := w.store.Get(t.Context(), "revoked"); err != nil {
		t.Fatal(err)
	} else if _, err := w.store.Retire(t.Context(), c, calendar.Revoked); err != nil {
		t.Fatal(err)
	}
	p := w.poller(1000)
	want := poll.Tally{Connections: 5, Due: 3, Sent: 3, Behind: 1}
	if got := w.run(p); got != want {
		t.Errorf("Run = %+v, want %+v", got, want)
	}
	if diff := cmp.Diff(map[string]int32{"overdue": 0, "now": 0, "in this tick": 90}, w.queue.delays); diff != "" {
		t.Errorf("delays in seconds (-want +got):\n%s", diff)
	}
	for sub, j := range w.queue.jobs {
		if j.Stale(w.due(sub)) || j.Share != 720 {
			t.Errorf("job %+v of %q, whose row says %s: want its claim, and a share of 720", j, sub, w.due(sub))
		}
	}
	if got := w.run(p); got.Sent != 0 {
		t.Errorf("the next run sends %d jobs again", got.Sent)
	}
	w.at = noon.Add(11*time.Minute + 30*time.Second) // nobody has done the jobs: they are due again, one after its moment
	if got := w.run(p); got.Sent != 4 {
		t.Errorf("after the claims have ended %d are sent, want 4", got.Sent)
	}
}

func TestTwoPollersSendEachJobOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 60 {
		w.connect(fmt.Sprint("u", i), noon.Add(-time.Minute))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var sent int
	for range 3 {
		p := w.poller(1000)
		wg.Go(func() {
			got, err := p.Run(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sent += got.Sent
		})
	}
	wg.Wait()
	if sent != 60 || len(w.queue.jobs) != 60 {
		t.Errorf("%d jobs of %d connections sent, want 60 of 60", sent, len(w.queue.jobs))
	}
	if slices.Max(w.queue.sizes) > 10 {
		t.Errorf("batches of %v, want at most 10 each", w.queue.sizes)
	}
}

func TestWhatTheQueueDoesNotTakeStaysDue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*queue)
		sent  int
		fails bool
	}{
		{"the queue is down", func(q *queue) { q.down = true }, 0, true},
		{"the queue refuses one of them", func(q *queue) { q.picky = func(sub string) bool { return sub == "u1" } }, 2, false},
	}
	for _, tt := range tests {
		w := newWorld(t)
		for _, sub := range []string{"u1", "u2", "u3"} {
			w.connect(sub, noon)
		}
		tt.spoil(w.queue)
		p := w.poller(1000)
		got, err := p.Run(t.Context())
		if got.Sent != tt.sent || got.Failed != 3-tt.sent || (err != nil) != tt.fails {
			t.Errorf("%s: Run = %+v, %v, want %d sent", tt.name, got, err, tt.sent)
		}
		w.queue.down, w.queue.picky = false, nil
		if again := w.run(p); again.Sent != 3-tt.sent {
			t.Errorf("%s: the next run sends %d, want the other %d", tt.name, again.Sent, 3-tt.sent)
		}
	}
}

func TestACrowdIsSpreadAsGoogleTakesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 40 {
		w.connect(fmt.Sprint("u", i), noon.Add(-time.Second))
	}
	p := w.poller(1)
	if got := w.run(p); got.Sent != 40 {
		t.Errorf("Run = %+v, want 40 sent", got)
	}
	var delays []int32
	for _, d := range w.queue.delays {
		delays = append(delays, d)
	}
	slices.Sort(delays)
	for i, d := range delays {
		if d != int32(i) {
			t.Fatalf("delays %v, want one a second", delays)
		}
	}
	for i := range 20 {
		w.connect(fmt.Sprint("late", i), noon.Add(-time.Second))
	}
	w.run(p)
	if d := w.queue.delays["late0"]; d < 40 {
		t.Errorf("the next run sends a job after %d s, want it behind those before", d)
	}
	w.connect("lost", noon.Add(-time.Second))
	for range 900 {
		p.Lane.Slot(noon, noon)
	}
	if got := w.run(p); got.Sent != 0 || !got.Full || !w.due("lost").Equal(noon.Add(-time.Second)) {
		t.Errorf("with a full lane Run = %+v, want the connection left due", got)
	}
}

// table is a table that fails when a test says so.
type table struct {
	*dynamotest.DB
	query, update bool
}

func (d *table) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if d.query {
		return nil, errors.New("the table is down")
	}
	return d.DB.Query(ctx, in, o...)
}

func (d *table) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if d.update {
		return nil, errors.New("the table is down")
	}
	return d.DB.UpdateItem(ctx, in, o...)
}

func TestATableThatIsDownFailsTheRun(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]table{"it cannot be read": {query: true}, "it cannot be written": {update: true}} {
		w := newWorld(t)
		w.connect("u1", noon)
		broken.DB = w.db
		p := w.poller(1000)
		p.DB, p.Claims.DB = &broken, &broken
		if got, err := p.Run(t.Context()); !errors.Is(err, calendar.ErrStore) || got.Sent != 0 {
			t.Errorf("%s: Run = %+v, %v, want ErrStore", name, got, err)
		}
		p.DB, p.Claims.DB = w.db, w.db
		if got := w.run(p); got.Sent != 1 {
			t.Errorf("%s: the next run = %+v, want the job", name, got)
		}
	}
}

// TestAShortInvocationLeavesTheRest holds that no run begins what it cannot end.
func TestAShortInvocationLeavesTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at = time.Now()
	w.connect("u1", w.at)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	p := w.poller(1000)
	if got, err := p.Run(ctx); err != nil || got.Sent != 0 || !got.Full {
		t.Errorf("Run with five seconds left = %+v, %v, want nothing begun", got, err)
	}
	if got := w.run(p); got.Sent != 1 {
		t.Errorf("the next run = %+v, want the job", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       poll.Job
		err        error
	}{
		{"a poll's", `{"sub":"u1","claim":1795262400,"share":9}`, poll.Job{Sub: "u1", Claim: 1795262400, Share: 9}, nil},
		{"an operator's", `{"sub":"u1"}`, poll.Job{Sub: "u1"}, nil},
		{"nobody's", `{}`, poll.Job{}, poll.ErrJob},
		{"no JSON", `u1`, poll.Job{}, poll.ErrJob},
		{"nothing", ``, poll.Job{}, poll.ErrJob},
	}
	for _, tt := range tests {
		got, err := poll.Parse(tt.body)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: Parse(%q) = %+v, %v, want %+v, %v", tt.name, tt.body, got, err, tt.want, tt.err)
		}
	}
	if (poll.Job{}).Stale(noon) || !(poll.Job{Claim: 1}).Stale(noon) || (poll.Job{Claim: noon.Unix()}).Stale(noon) {
		t.Error("Stale: want an operator's job good for any moment, and a poll's for its own alone")
	}
}

// BenchmarkRun measures how many due connections a run feeds.
func BenchmarkRun(b *testing.B) {
	db := dynamotest.New(b)
	name := db.Table("calendar_connections")
	q := &queue{jobs: map[string]poll.Job{}, delays: map[string]int32{}}
	p := &poll.Poller{
		DB: db, SQS: q, Claims: poll.Claims{DB: db, Table: name}, Queue: "https://queue", Quota: 1_000_000,
		Lane: &poll.Lane{Rate: 1000}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon },
	}
	const n = 2000
	for b.Loop() {
		b.StopTimer()
		for i := range n {
			sub := "u" + strconv.Itoa(i)
			c := calendar.Connection{Sub: sub, State: calendar.Active, Grant: "g", Refresh: []byte("r"), NextPollAt: noon, Version: 1}
			if err := (calendar.Store{DB: db, Table: name}).Connect(b.Context(), c); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if got, err := p.Run(b.Context()); err != nil || got.Sent != n {
			b.Fatalf("Run = %+v, %v, want %d sent", got, err, n)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "jobs/s")
}
