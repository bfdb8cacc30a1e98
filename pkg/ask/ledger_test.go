package ask_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

const terms = "2026-06-01"

var errTerms = fault.New(fault.Forbidden, "TOS_REQUIRED", "Accept the terms.")

// current is a stand-in for the terms gate.
type current string

func (c current) Check(accepted string) error {
	if accepted < string(c) {
		return errTerms
	}
	return nil
}

// counted counts the round trips of a ledger.
type counted struct {
	*dynamodb.Client
	updates atomic.Int32
}

func (c *counted) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	c.updates.Add(1)
	return c.Client.UpdateItem(ctx, in, o...)
}

// desk is a ledger on a real engine, at a time that the test sets.
type desk struct {
	ask.Ledger
	db    *dynamotest.DB
	calls *counted
	mu    sync.Mutex
	now   time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := dynamotest.New(t)
	d := &desk{db: db, calls: &counted{Client: db.Client}, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	d.Ledger = ask.Ledger{
		DB: d.calls, Table: db.Table("entitlements"), Terms: current(terms), TermsVersion: terms,
		Tiers: ask.Tiers(), Lease: 2 * time.Minute, Now: d.clock,
	}
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// put writes a row; values that are numbers become N, the rest S.
func (d *desk) put(t *testing.T, sub string, attrs map[string]any) {
	t.Helper()
	item := entitlement.Item{"cognito_sub": &types.AttributeValueMemberS{Value: sub}}
	for k, v := range attrs {
		switch v := v.(type) {
		case int:
			item[k] = &types.AttributeValueMemberN{Value: strconv.Itoa(v)}
		case bool:
			item[k] = &types.AttributeValueMemberBOOL{Value: v}
		default:
			item[k] = &types.AttributeValueMemberS{Value: fmt.Sprint(v)}
		}
	}
	if _, err := d.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &d.Table, Item: item}); err != nil {
		t.Fatal(err)
	}
}

// row reads one attribute as text; "" when it is not there.
func (d *desk) row(t *testing.T, sub, attr string) string {
	t.Helper()
	out, err := d.db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &d.Table, Key: entitlement.Item{"cognito_sub": &types.AttributeValueMemberS{Value: sub}}})
	if err != nil {
		t.Fatal(err)
	}
	switch v := out.Item[attr].(type) {
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberS:
		return v.Value
	}
	return ""
}

func pro(used int) map[string]any {
	return map[string]any{
		"tos_version": terms, "tier": "pro", "status": "active", "ask_limit": 1000, "usage_period": "2026-11", "ask_used": used,
		"entitled_until": int(time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC).Unix()),
	}
}

func with(attrs map[string]any, k string, v any) map[string]any {
	if v == nil {
		delete(attrs, k)
	} else {
		attrs[k] = v
	}
	return attrs
}

func TestReserve(t *testing.T) {
	t.Parallel()
	lapsed := int(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Unix())
	tests := []struct {
		name  string
		row   map[string]any
		err   error
		tier  entitlement.Tier
		left  int
		used  string
		trips int32
	}{
		{name: "a paying user takes one round trip", row: pro(3), tier: "pro", left: 996, used: "4", trips: 1},
		{name: "a free user takes one round trip", row: map[string]any{"tos_version": terms, "tier": "free", "ask_limit": 20, "usage_period": "2026-11", "ask_used": 3}, tier: "free", left: 16, used: "4", trips: 1},
		{name: "the first question ever begins a month", row: map[string]any{"tos_version": terms}, tier: "free", left: 19, used: "1", trips: 2},
		{name: "a new month begins by itself", row: with(pro(1000), "usage_period", "2026-10"), tier: "pro", left: 999, used: "1", trips: 2},
		{name: "newer terms are fine", row: with(pro(0), "tos_version", "2026-09-01"), tier: "pro", left: 999, used: "1", trips: 1},
		{name: "the last question is given", row: pro(999), tier: "pro", left: 0, used: "1000", trips: 1},
		{name: "no more than the quota", row: pro(1000), err: ask.ErrQuota, used: "1000", trips: 1},
		{name: "a plan that has run out gives the free quota", row: with(pro(5), "entitled_until", lapsed), tier: "free", left: 14, used: "6", trips: 2},
		{name: "and not the paid one", row: with(pro(20), "entitled_until", lapsed), err: ask.ErrQuota, used: "20", trips: 1},
		{name: "old terms are refused", row: with(pro(0), "tos_version", "2026-01-01"), err: errTerms, used: "0", trips: 1},
		{name: "no terms are refused", row: with(pro(0), "tos_version", nil), err: errTerms, used: "0", trips: 1},
		{name: "a locked account is refused", row: with(pro(0), "disabled", true), err: entitlement.ErrDisabled, used: "0", trips: 1},
		{name: "an unlocked account is not", row: with(pro(0), "disabled", false), tier: "pro", left: 999, used: "1", trips: 1},
		{name: "a running answer of another invocation leaves the next place", row: with(pro(0), "ask_running_0", "999999999999999#x"), tier: "pro", left: 999, used: "1", trips: 2},
		{name: "a free user has one answer at a time", row: with(with(pro(0), "tier", "free"), "ask_running_0", "999999999999999#x"), err: ask.ErrBusy, used: "0", trips: 1},
		{name: "a place that has run out is free", row: with(pro(0), "ask_running_0", "000000000000001#x"), tier: "pro", left: 999, used: "1", trips: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.put(t, "u1", tt.row)
			d.Wait = -1
			r, err := d.Reserve(t.Context(), "u1", "req-1")
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Fatalf("Reserve = %v, want %v", err, tt.err)
			}
			if r.Tier != tt.tier || r.Remaining != tt.left {
				t.Errorf("reservation = %+v, want tier %q and %d left", r, tt.tier, tt.left)
			}
			if got := d.row(t, "u1", "ask_used"); got != tt.used {
				t.Errorf("ask_used = %s, want %s", got, tt.used)
			}
			if got := d.calls.updates.Load(); got != tt.trips {
				t.Errorf("%d round trips, want %d", got, tt.trips)
			}
		})
	}
}

func TestAUserWithoutARowMustAcceptTheTerms(t *testing.T) {
	t.Parallel()
	if _, err := newDesk(t).Reserve(t.Context(), "nobody", "req-1"); !errors.Is(err, errTerms) {
		t.Errorf("Reserve = %v, want %v", err, errTerms)
	}
}

func TestQuotaSaysWhenItIsBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(t, "u1", pro(1000))
	_, err := d.Reserve(t.Context(), "u1", "req-1")
	if got, want := fault.Of(err).RetryAfter, 9*24*time.Hour+12*time.Hour; got != want {
		t.Errorf("Retry-After = %v, want %v: until the first of December", got, want)
	}
}

// TestManyAtOnceNeverOverspend is the promise of the package: of 200 questions at
// once with 25 left, 25 are answered.
func TestManyAtOnceNeverOverspend(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Wait, d.Now = 30*time.Second, time.Now
	row := pro(975)
	row["usage_period"], row["entitled_until"] = entitlement.Period(time.Now()), int(time.Now().Add(time.Hour).Unix())
	d.put(t, "u1", row)
	var given, refused, other atomic.Int32
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			r, err := d.Reserve(t.Context(), "u1", fmt.Sprintf("req-%d", i))
			switch {
			case err == nil:
				given.Add(1)
				if err := d.Settle(t.Context(), r, ask.Usage{Input: 10, Output: 5}, false); err != nil {
					t.Error(err)
				}
			case errors.Is(err, ask.ErrQuota):
				refused.Add(1)
			default:
				other.Add(1)
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if given.Load() != 25 || refused.Load() != 175 {
		t.Errorf("%d given, %d refused, %d other; want 25, 175, 0", given.Load(), refused.Load(), other.Load())
	}
	if used, in := d.row(t, "u1", "ask_used"), d.row(t, "u1", "ask_input_tokens"); used != "1000" || in != "250" {
		t.Errorf("ask_used = %s, ask_input_tokens = %s; want 1000 and 250", used, in)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name              string
		refund            bool
		later             time.Duration // before Settle
		twice             bool
		wantUsed, wantOut string
	}{
		{name: "what was produced is booked", wantUsed: "4", wantOut: "7"},
		{name: "what was not produced is given back", refund: true, wantUsed: "3", wantOut: "7"},
		{name: "twice is once", refund: true, twice: true, wantUsed: "3", wantOut: "7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.put(t, "u1", pro(3))
			r, err := d.Reserve(t.Context(), "u1", "req-1")
			if err != nil {
				t.Fatal(err)
			}
			for range 1 + map[bool]int{true: 1}[tt.twice] {
				if err := d.Settle(t.Context(), r, ask.Usage{Input: 9, Output: 7}, tt.refund); err != nil {
					t.Fatal(err)
				}
			}
			if got := d.row(t, "u1", "ask_used"); got != tt.wantUsed {
				t.Errorf("ask_used = %s, want %s", got, tt.wantUsed)
			}
			if got := d.row(t, "u1", "ask_output_tokens"); got != tt.wantOut {
				t.Errorf("ask_output_tokens = %s, want %s", got, tt.wantOut)
			}
			if got := d.row(t, "u1", "ask_running_0"); got != "" {
				t.Errorf("the place is still held: %s", got)
			}
		})
	}
}

func TestSettleAcrossTheMonthLeavesTheNewMonthAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.put(t, "u1", pro(3))
	d.mu.Lock()
	d.now = time.Date(2026, 11, 30, 23, 59, 50, 0, time.UTC)
	d.mu.Unlock()
	old, err := d.Reserve(t.Context(), "u1", "req-1")
	if err != nil {
		t.Fatal(err)
	}
	d.advance(20 * time.Second)
	if _, err := d.Reserve(t.Context(), "u1", "req-2"); err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(t.Context(), old, ask.Usage{Input: 9, Output: 7}, true); err != nil {
		t.Fatal(err)
	}
	if got := d.row(t, "u1", "ask_used"); got != "1" {
		t.Errorf("ask_used of December = %s, want 1", got)
	}
	if got := d.row(t, "u1", "ask_running_0"); got != "" {
		t.Errorf("the old answer's place is still held: %s", got)
	}
}

// TestAKilledAnswerFreesItsPlace is the bound after kill -9: the function's own
// timeout.
func TestAKilledAnswerFreesItsPlace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Wait = -1
	d.put(t, "u1", with(pro(0), "tier", "free"))
	killed, err := d.Reserve(t.Context(), "u1", "req-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reserve(t.Context(), "u1", "req-2"); !errors.Is(err, ask.ErrBusy) {
		t.Errorf("while it may run: %v, want ErrBusy", err)
	}
	d.advance(d.Lease + time.Millisecond)
	if _, err := d.Reserve(t.Context(), "u1", "req-3"); err != nil {
		t.Errorf("after the lease: %v, want a reservation", err)
	}
	if err := d.Settle(t.Context(), killed, ask.Usage{}, true); err != nil {
		t.Fatal(err)
	}
	if got := d.row(t, "u1", "ask_used"); got != "2" {
		t.Errorf("ask_used = %s, want 2: a late settle must not touch another's place", got)
	}
}
