package ask_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
)

// trouble is what happens to a call to DynamoDB.
type trouble struct {
	status int    // 0: the connection breaks
	kind   string // DynamoDB's name for it
	after  bool   // once the work is done
	hangs  bool   // until the caller gives up
}

// troubles are the ways in which a table fails.
func troubles() map[string]trouble {
	return map[string]trouble{
		"throttled":            {status: 400, kind: "ProvisionedThroughputExceededException"},
		"not allowed":          {status: 400, kind: "AccessDeniedException"},
		"an error of its own":  {status: 500, kind: "InternalServerError"},
		"lost on its way":      {},
		"its answer is lost":   {after: true},
		"nobody answers it":    {hangs: true},
		"answered by a proxy":  {status: 502},
		"in another's writing": {status: 400, kind: "TransactionConflictException"},
	}
}

// troubled lets the nth call of an operation meet a trouble. The others pass.
type troubled struct {
	trouble
	operation string
	mu        sync.Mutex
	nth       int
	met       bool
	giveUp    context.CancelFunc // the caller's, who waits no longer for what hangs
}

var errLost = errors.New("the connection broke")

func (f *troubled) RoundTrip(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	f.mu.Lock()
	if operation == f.operation {
		f.nth--
	}
	meets := operation == f.operation && f.nth == 0
	f.met = f.met || meets
	f.mu.Unlock()
	switch {
	case !meets:
		return http.DefaultTransport.RoundTrip(r)
	case f.hangs:
		f.giveUp()
		<-r.Context().Done()
		return nil, r.Context().Err()
	case f.after:
		if resp, err := http.DefaultTransport.RoundTrip(r); err == nil {
			_ = resp.Body.Close()
		}
		return nil, errLost
	case f.status == 0:
		return nil, errLost
	}
	body := `{"__type":"com.amazonaws.dynamodb.v20120810#` + f.kind + `"}`
	return &http.Response{StatusCode: f.status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (f *troubled) client(db *dynamotest.DB) *dynamodb.Client {
	return dynamodb.New(db.Options(), func(o *dynamodb.Options) {
		o.HTTPClient, o.Retryer = &http.Client{Transport: f}, aws.NopRetryer{}
	})
}

// TestATranscriptThatCannotBeReadIsNone crosses each read with each trouble: the
// question is refused for now, with no half of a call, and the next one works.
func TestATranscriptThatCannotBeReadIsNone(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	put(t, db, "bots", entitlement.Item{"cognito_sub": str("u1"), "bot_id": str("b1"), "heard_until": num(2)})
	for i := range 3 {
		put(t, db, "chunks", entitlement.Item{"bot_id": str("b1"), "seq": num(i + 1), "text": str("x")})
	}
	reads := []struct {
		name, operation string
		nth             int
	}{{"whose call it is", "GetItem", 1}, {"what was said", "Query", 1}, {"what was said until the caller left", "Query", 2}}
	for name, trouble := range troubles() {
		for _, read := range reads {
			ctx, stop := context.WithCancel(t.Context())
			f := &troubled{trouble: trouble, operation: read.operation, nth: read.nth, giveUp: stop}
			tr := ask.Transcripts{DB: f.client(db), Bots: db.Table("bots"), Chunks: db.Table("chunks")}
			lines, err := tr.Read(ctx, "u1", "b1", 1000)
			stop()
			if !errors.Is(err, ask.ErrLedger) || errors.Is(err, ask.ErrNoCall) || lines != nil || !f.met {
				t.Errorf("%s, %s: %d lines, %v, want ErrLedger", read.name, name, len(lines), err)
			}
			if lines, err := tr.Read(t.Context(), "u1", "b1", 1000); err != nil || len(lines) != 1 {
				t.Errorf("%s, %s: the next try reads %d lines, %v, want 1", read.name, name, len(lines), err)
			}
		}
	}
}

// TestTheLedgerInTrouble crosses a question's two writes with each trouble. A
// question is never answered uncounted; one whose answer was lost stays counted.
func TestTheLedgerInTrouble(t *testing.T) {
	t.Parallel()
	for name, trouble := range troubles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.put(t, "u1", pro(3))
			within := func(do func(context.Context) error) error {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				d.DB = (&troubled{trouble: trouble, operation: "UpdateItem", nth: 1, giveUp: stop}).client(d.db)
				defer func() { d.DB = d.db.Client }()
				return do(ctx)
			}
			if err := within(func(ctx context.Context) error { _, err := d.Reserve(ctx, "u1", "req-1"); return err }); !errors.Is(err, ask.ErrLedger) {
				t.Errorf("Reserve = %v, want ErrLedger", err)
			}
			counted := map[bool]string{false: "3", true: "4"}
			if got := d.row(t, "u1", "ask_used"); got != counted[trouble.after] {
				t.Errorf("ask_used = %s, want %s", got, counted[trouble.after])
			}
			d.advance(3 * time.Minute) // a place that nobody knows of runs out
			r, err := d.Reserve(t.Context(), "u1", "req-2")
			if err != nil {
				t.Fatalf("the next question: %v", err)
			}
			if err := within(func(ctx context.Context) error { return d.Settle(ctx, r, ask.Usage{Input: 9, Output: 7}, true) }); err == nil {
				t.Error("Settle = nil, though nobody knows what became of it")
			}
			if err := d.Settle(t.Context(), r, ask.Usage{Input: 9, Output: 7}, true); err != nil {
				t.Errorf("the second Settle: %v", err)
			}
			if used, out, held := d.row(t, "u1", "ask_used"), d.row(t, "u1", "ask_output_tokens"), d.row(t, "u1", "ask_running_0"); used != counted[trouble.after] || out != "7" || held != "" && !trouble.after {
				t.Errorf("after both: %s questions, %s tokens, place %q, want %s, 7 once and a free place", used, out, held, counted[trouble.after])
			}
		})
	}
}
