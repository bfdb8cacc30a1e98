package suppress_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail/suppress"
)

// desk is the question on a real engine, and a clock that a test moves.
type desk struct {
	*world
	q    suppress.Question
	mu   sync.Mutex
	time time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{world: newWorld(t), time: time.Date(2026, 6, 2, 8, 0, 10, 0, time.UTC)}
	d.q = suppress.Question{
		Reachable: d.reachable(), Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
		Counts: suppress.Counts{DB: d.db, Table: d.db.Table("mails"), Now: d.now},
	}
	return d
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.time
}

func (d *desk) later(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = d.time.Add(by)
}

var home = netip.MustParseAddr("203.0.113.24")

func TestAskTellsOfBouncesAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fates   []suppress.Fate
		address string
		want    error
	}{
		{name: "an address that nobody knows", address: "nobody@example.com"},
		{name: "an address whose mail arrives", fates: []suppress.Fate{suppress.Delivered}, address: "ada@example.com"},
		{name: "a mailbox that was full", fates: []suppress.Fate{suppress.Deferred}, address: "ada@example.com"},
		{name: "a reader who complained still gets codes", fates: []suppress.Fate{suppress.Complained}, address: "ada@example.com"},
		{name: "mail that came back", fates: []suppress.Fate{suppress.Bounced}, address: "ada@example.com", want: suppress.ErrUndeliverable},
		{name: "the same, typed another way", fates: []suppress.Fate{suppress.Bounced}, address: " ADA@example.COM ", want: suppress.ErrUndeliverable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for _, fate := range tt.fates {
				if err := d.Keep(t.Context(), told(fate, 0)); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.q.Ask(t.Context(), home, tt.address); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("Ask(%q) = %v, want %v", tt.address, err, tt.want)
			}
			if strings.Contains(d.log.String(), "@") {
				t.Errorf("log %s", d.log.String())
			}
		})
	}
}

// TestOneNetworkAsksSoOften counts by the minute and by the network.
func TestOneNetworkAsksSoOften(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ask := func(from string) error { return d.q.Ask(t.Context(), netip.MustParseAddr(from), "ada@example.com") }
	for n := range suppress.Limit {
		if err := ask("203.0.113.24"); err != nil {
			t.Fatalf("question %d: %v", n+1, err)
		}
	}
	err := ask("203.0.113.24")
	if !errors.Is(err, suppress.ErrTooMany) || fault.Of(err).RetryAfter != 50*time.Second {
		t.Errorf("one more = %v after %s, want ErrTooMany and the rest of the minute", err, fault.Of(err).RetryAfter)
	}
	if err := ask("::ffff:203.0.113.24"); !errors.Is(err, suppress.ErrTooMany) {
		t.Errorf("the same address in IPv6's form = %v, want ErrTooMany", err)
	}
	if err := ask("203.0.113.25"); err != nil {
		t.Errorf("somebody else = %v", err)
	}
	d.later(50 * time.Second)
	if err := ask("203.0.113.24"); err != nil {
		t.Errorf("a minute later = %v", err)
	}
}

func TestAHouseholdOfIPv6IsOneAsker(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range suppress.Limit {
		if err := d.q.Ask(t.Context(), netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(n)}), "ada@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.q.Ask(t.Context(), netip.MustParseAddr("2001:db8::ffff"), "ada@example.com"); !errors.Is(err, suppress.ErrTooMany) {
		t.Errorf("one more of the household = %v, want ErrTooMany", err)
	}
	if err := d.q.Ask(t.Context(), netip.MustParseAddr("2001:db8:0:1::1"), "ada@example.com"); err != nil {
		t.Errorf("the neighbours = %v", err)
	}
}

func TestQuestionsAtOnceAreAllCounted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var answered atomic.Int32
	var wg sync.WaitGroup
	for range 2 * suppress.Limit {
		wg.Go(func() {
			if d.q.Ask(t.Context(), home, "ada@example.com") == nil {
				answered.Add(1)
			}
		})
	}
	wg.Wait()
	if n := answered.Load(); n != suppress.Limit {
		t.Errorf("%d questions were answered, want %d", n, suppress.Limit)
	}
}

// uncounted is a table that does not answer.
type uncounted struct{}

func (uncounted) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, errors.New("throttled")
}

func TestACountThatFailsStopsNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.q.Counts = suppress.Counts{DB: uncounted{}, Table: "mails", Now: d.now}
	if err := d.q.Ask(t.Context(), home, "ada@example.com"); err != nil {
		t.Errorf("Ask = %v", err)
	}
	if err := d.Keep(t.Context(), told(suppress.Bounced, 0)); err != nil {
		t.Fatal(err)
	}
	if err := d.q.Ask(t.Context(), home, "ada@example.com"); !errors.Is(err, suppress.ErrUndeliverable) {
		t.Errorf("Ask about a bounced address = %v, want ErrUndeliverable", err)
	}
	if !bytes.Contains(d.log.Bytes(), []byte("question not counted")) {
		t.Errorf("log %s", d.log.String())
	}
}

// TestNothingOfTheAskerIsKept reads the table of counts.
func TestNothingOfTheAskerIsKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.q.Ask(t.Context(), home, "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	table := d.db.Table("mails")
	out, err := d.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil || len(out.Items) != 1 {
		t.Fatalf("%d rows, %v, want one", len(out.Items), err)
	}
	for name, v := range out.Items[0] {
		if text := fmt.Sprint(reflect.ValueOf(v).Elem().Field(0)); strings.Contains(text, "203.0.113") || strings.Contains(text, "@") || name == "ttl" && text != "1780387320" {
			t.Errorf("%s is %s", name, text)
		}
	}
}
