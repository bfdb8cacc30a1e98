package notetaker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
)

// deliveries are the utterances of a call, each at least once and some up to
// four times, n in all, in any order.
func deliveries(n int) (all []notetaker.Utterance, distinct int) {
	r := rand.New(rand.NewPCG(1, 2))
	for distinct = 0; len(all) < n; distinct++ {
		u := notetaker.Utterance{Participant: int64(distinct % 5), Speaker: "Ada", Text: fmt.Sprintf("utterance %d", distinct), StartMS: int64(distinct) * 1000, EndMS: int64(distinct)*1000 + 900}
		for range min(1+r.IntN(4), n-len(all)) {
			all = append(all, u)
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, distinct
}

func newChunks(db *dynamotest.DB) *notetaker.Chunks {
	return &notetaker.Chunks{DB: db.Client, Table: db.Table("chunks"), Now: time.Now}
}

func newReader(db *dynamotest.DB) *notetaker.Reader {
	return &notetaker.Reader{Rows: db.Client, Bots: db.Table("bots"), Chunks: newChunks(db), Now: time.Now}
}

func put(t *testing.T, db *dynamotest.DB, table string, item notetaker.Item) {
	t.Helper()
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new(db.Table(table)), Item: item}); err != nil {
		t.Fatal(err)
	}
}

// own makes the bot b1 of the user u1.
func own(t *testing.T, db *dynamotest.DB) {
	t.Helper()
	put(t, db, "bots", notetaker.Item{"cognito_sub": str("u1"), "bot_id": str("b1"), "source": str("manual")})
}

// poll reads as a client does until it has seen want utterances, and hands each
// on in the order that it came.
func poll(ctx context.Context, t *testing.T, r *notetaker.Reader, want int, done *atomic.Bool) (seen []notetaker.Utterance) {
	t.Helper()
	since := int64(0)
	for {
		last := done.Load()
		page, err := r.Read(ctx, "u1", "b1", since)
		if err != nil {
			t.Errorf("Read behind %d: %v", since, err)
			return seen
		}
		seen = append(seen, page.Chunks...)
		since = page.Next
		if len(seen) >= want && last || last && len(page.Chunks) == 0 {
			return seen
		}
	}
}

// TestAReaderHasEveryChunkOnceInOneOrder is the property that the table's form
// is for. Each of the 32 workers is a process of its own, with nothing shared but
// the table, as Lambda would run them.
func TestAReaderHasEveryChunkOnceInOneOrder(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	own(t, db)
	n := 2000 // on every run; the full run has the time for more
	if os.Getenv("REQUIRE_ENGINES") == "1" {
		n = 10_000
	}
	all, distinct := deliveries(n)
	work := make(chan notetaker.Utterance)
	var fresh, retried atomic.Int64
	var writers, readers sync.WaitGroup
	for range 32 {
		c := newChunks(db)
		writers.Go(func() {
			for u := range work {
				fresh.Add(int64(deliver(t, c, u, &retried)))
			}
		})
	}
	var done atomic.Bool
	var first, second []notetaker.Utterance
	readers.Go(func() { first = poll(t.Context(), t, newReader(db), distinct, &done) })
	readers.Go(func() { second = poll(t.Context(), t, newReader(db), distinct, &done) })
	began := time.Now()
	for _, u := range all {
		work <- u
	}
	close(work)
	writers.Wait()
	done.Store(true)
	readers.Wait()
	t.Logf("%d deliveries of %d utterances by 32 workers in %s; %d were asked to come again", n, distinct, time.Since(began).Round(time.Millisecond), retried.Load())

	if fresh.Load() != int64(distinct) {
		t.Errorf("%d deliveries were new, want %d", fresh.Load(), distinct)
	}
	check(t, first, distinct)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two readers saw different orders (-one +other):\n%.2000s", diff)
	}
}

// deliver does what Recall does: again, until it is taken.
func deliver(t *testing.T, c *notetaker.Chunks, u notetaker.Utterance, retried *atomic.Int64) int {
	t.Helper()
	for range 60 {
		n, err := c.Append(t.Context(), "b1", u)
		if err == nil {
			return n
		}
		retried.Add(1)
	}
	t.Errorf("%q was refused 60 times", u.Text)
	return 0
}

func check(t *testing.T, seen []notetaker.Utterance, distinct int) {
	t.Helper()
	texts := map[string]int{}
	for i, u := range seen {
		if u.Seq != int64(i)+1 {
			t.Fatalf("the %dth chunk read has number %d", i+1, u.Seq)
		}
		texts[u.Text]++
	}
	for text, n := range texts {
		if n != 1 {
			t.Errorf("%q was read %d times", text, n)
		}
	}
	if len(texts) != distinct {
		t.Errorf("%d different chunks were read, want %d", len(texts), distinct)
	}
}

func TestALongMonologueIsCutAndKeptTogether(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	own(t, db)
	text := strings.Repeat("Grüße an alle. ", 20_000) // 360 KB
	c := newChunks(db)
	for _, want := range []int{1, 0} {
		if n, err := c.Append(t.Context(), "b1", notetaker.Utterance{Text: text}); err != nil || n != want {
			t.Fatalf("Append = %d, %v, want %d", n, err, want)
		}
	}
	page, err := newReader(db).Read(t.Context(), "u1", "b1", 0)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, u := range page.Chunks {
		parts = append(parts, u.Text)
	}
	if got := strings.Join(parts, " "); got != text || len(parts) < 4 {
		t.Errorf("%d parts with %d bytes, want at least 4 with all %d", len(parts), len(got), len(text))
	}
}

func TestReadPages(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	own(t, db)
	c := newChunks(db)
	for i := range 7 {
		if _, err := c.Append(t.Context(), "b1", notetaker.Utterance{Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	r := newReader(db)
	r.Limit = 3
	for _, tt := range []struct {
		since, next int64
		n           int
		more        bool
	}{{0, 3, 3, true}, {3, 6, 3, true}, {6, 7, 1, false}, {7, 7, 0, false}, {-5, 3, 3, true}, {99, 99, 0, false}} {
		page, err := r.Read(t.Context(), "u1", "b1", tt.since)
		if err != nil || page.Next != tt.next || len(page.Chunks) != tt.n || page.More != tt.more || (page.PollAfterMS == 0) != tt.more {
			t.Errorf("Read behind %d = %d chunks, next %d, more %t, again after %d ms, %v; want %d, %d, %t", tt.since, len(page.Chunks), page.Next, page.More, page.PollAfterMS, err, tt.n, tt.next, tt.more)
		}
	}
}
