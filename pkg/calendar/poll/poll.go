package poll

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/pace"
)

const (
	// hold is how long a connection is its job's, counted from the job's moment.
	// A job that is lost on its way leaves the connection due again after it.
	hold = 10 * time.Minute
	// batch is the most that SQS takes at once.
	batch = 10
	// hands is how many batches of one shard are worked on side by side.
	hands = 4
	// margin is what is left of an invocation when no new batch is begun.
	margin = 10 * time.Second
	// behind is how overdue a connection must be to be counted as neglected.
	behind = 10 * time.Minute
	// census is how long a count of all connections is good for.
	census = time.Hour
)

// Poller feeds due connections to the queue. One process has one Poller, and runs
// it once at a time: it remembers which moments are taken.
type Poller struct {
	DB interface {
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	}
	SQS interface {
		SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	}
	Claims Claims
	Queue  string // its URL
	Quota  int    // Google's looks a day, of all connections together
	Lane   *Lane
	Log    *slog.Logger
	Now    func() time.Time

	counted time.Time
	n       int
}

// Tally is what a run did.
type Tally struct {
	Connections int  `json:"connections"` // that are active, as last counted
	Due         int  `json:"due"`         // seen
	Sent        int  `json:"sent"`
	Taken       int  `json:"taken"`  // by somebody else meanwhile
	Failed      int  `json:"failed"` // due again later
	Behind      int  `json:"behind"` // due for more than ten minutes
	Full        bool `json:"full"`   // some had no moment left; they stay due
}

// tally is a Tally that is counted by several at once.
type tally struct {
	mu sync.Mutex
	Tally
}

func (t *tally) add(f func(*Tally)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.Tally)
}

// Run takes every connection that is due before the next run and sends its job,
// to arrive when it is due. What it does not manage stays due for the next run.
func (p *Poller) Run(ctx context.Context) (Tally, error) {
	now := p.Now()
	p.count(ctx, now)
	t := &tally{Tally: Tally{Connections: p.n}}
	share := 0.0 // nobody could count: the nominal one
	if !p.counted.IsZero() {
		share = pace.Share(p.Quota, p.n)
	}
	var g errgroup.Group
	for _, shard := range calendar.Shards() {
		g.Go(func() error { return p.shard(ctx, shard, now, share, t) })
	}
	err := g.Wait()
	if t.Behind > 0 {
		p.Log.WarnContext(ctx, "connections wait", append(boot.Count(p.Now(), "CalendarsBehind", t.Behind), "full", t.Full)...)
	}
	return t.Tally, err
}

// shard feeds one part of the index, a page at a time.
func (p *Poller) shard(ctx context.Context, shard string, now time.Time, share float64, t *tally) error {
	var g errgroup.Group
	g.SetLimit(hands)
	var stop error
	for page, err := range p.due(ctx, shard, now.Add(pace.Tick)) {
		if err != nil {
			stop = err
			break
		}
		jobs, full := p.slots(page, now, share, t)
		for len(jobs) > 0 && enough(ctx, p.Now) {
			n := min(batch, len(jobs))
			some := jobs[:n]
			jobs = jobs[n:]
			g.Go(func() error { return p.feed(ctx, some, t) })
		}
		if full || len(jobs) > 0 {
			t.add(func(t *Tally) { t.Full = true })
			break
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return stop
}

// enough reports whether there is time to begin anything.
func enough(ctx context.Context, now func() time.Time) bool {
	end, bounded := ctx.Deadline()
	return ctx.Err() == nil && (!bounded || end.Sub(now()) > margin)
}

// work is a job with the connection's entry in the index, and its moment.
type work struct {
	Job
	due, at time.Time
}

// slots gives the connections of a page their moments, until there is none left.
func (p *Poller) slots(page []entry, now time.Time, share float64, t *tally) (jobs []work, full bool) {
	late := 0
	for _, e := range page {
		at, ok := p.Lane.Slot(e.due, now)
		if !ok {
			full = true
			break
		}
		if now.Sub(e.due) > behind {
			late++
		}
		claim := at.Add(hold).Truncate(time.Second)
		jobs = append(jobs, work{Job: Job{Sub: e.sub, Claim: claim.Unix(), Share: share}, due: e.due, at: at})
	}
	t.add(func(t *Tally) { t.Due += len(jobs); t.Behind += late })
	return jobs, full
}

// feed claims the connections of one batch and sends the jobs of those it got.
func (p *Poller) feed(ctx context.Context, jobs []work, t *tally) error {
	var got []work
	var failed error
	for _, j := range jobs {
		ok, err := p.Claims.Move(ctx, j.Sub, j.due, time.Unix(j.Claim, 0))
		switch {
		case err != nil:
			failed = err
			t.add(func(t *Tally) { t.Failed++ })
		case !ok:
			t.add(func(t *Tally) { t.Taken++ })
		default:
			got = append(got, j)
		}
	}
	if len(got) == 0 {
		return failed
	}
	lost, err := p.send(ctx, got)
	for _, j := range lost { // due again at once; if that fails too, when the claim ends
		_, _ = p.Claims.Move(ctx, j.Sub, time.Unix(j.Claim, 0), j.due)
	}
	t.add(func(t *Tally) { t.Sent += len(got) - len(lost); t.Failed += len(lost) })
	if err != nil {
		return fmt.Errorf("poll: send jobs: %w", err)
	}
	return failed
}
