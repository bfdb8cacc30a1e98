package entitlement_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }

// table is the real table with one user in it.
type table struct {
	*dynamotest.DB
	rows entitlement.Rows
}

func newTable(t *testing.T) table {
	t.Helper()
	db := dynamotest.New(t)
	return table{DB: db, rows: entitlement.Rows{DB: db, Table: db.Table("entitlements")}}
}

func (x table) get(t *testing.T) entitlement.Row {
	t.Helper()
	r, err := x.rows.Get(t.Context(), "u1")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (x table) apply(t *testing.T, c entitlement.Change) error {
	t.Helper()
	_, err := x.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(x.Table("entitlements")), Key: c.Key, UpdateExpression: &c.Expression,
		ConditionExpression: &c.Condition, ExpressionAttributeNames: c.Names, ExpressionAttributeValues: c.Values,
	})
	return err
}

func TestProjectLeavesWhatItDoesNotOwn(t *testing.T) {
	t.Parallel()
	x := newTable(t)
	if got := x.get(t); got.Status != entitlement.None || got.Tier != entitlement.Free || got.Holds(now) != entitlement.Free {
		t.Fatalf("a user without a row is %+v", got)
	}
	_, err := x.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(x.Table("entitlements")), Item: entitlement.Item{
		"cognito_sub": s("u1"), "tos_version": s("2026-06-01"), "usage_period": s("2026-11"), "ask_used": n("7"), "bot_seconds_used": n("60"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	pro := entitlement.Reduce([]entitlement.Subscription{sub(entitlement.Active, func(s *entitlement.Subscription) { s.CancelAt = s.CurrentPeriodEnd })}, now)
	if err := x.apply(t, entitlement.Project(x.get(t), "cus_1", pro, now)); err != nil {
		t.Fatal(err)
	}
	want := entitlement.Row{
		Sub: "u1", CustomerID: "cus_1", Version: 1, Entitlement: pro, TOSVersion: "2026-06-01", UpdatedAt: now,
		Usage: entitlement.Usage{Period: "2026-11", AskUsed: 7, BotSecondsUsed: 60},
	}
	if diff := cmp.Diff(want, x.get(t)); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	free := entitlement.Reduce(nil, now)
	if err := x.apply(t, entitlement.Project(x.get(t), "cus_1", free, now.Add(day))); err != nil {
		t.Fatal(err)
	}
	want.Version, want.Entitlement, want.UpdatedAt = 2, free, now.Add(day)
	if diff := cmp.Diff(want, x.get(t)); diff != "" {
		t.Errorf("row after the end (-want +got):\n%s", diff)
	}
}

func TestProjectWritesTheLimitThatAskCountsAgainst(t *testing.T) {
	t.Parallel()
	pro := entitlement.Reduce([]entitlement.Subscription{sub(entitlement.Active)}, now)
	for _, tt := range []struct {
		e    entitlement.Entitlement
		want string
	}{{pro, "1000"}, {entitlement.Reduce(nil, now), "20"}} {
		c := entitlement.Project(entitlement.Row{Sub: "u1"}, "cus_1", tt.e, now)
		if got, ok := c.Values[":ask_limit"].(*types.AttributeValueMemberN); !ok || got.Value != tt.want {
			t.Errorf("ask_limit of %s = %v, want %s", tt.e.Tier, c.Values[":ask_limit"], tt.want)
		}
	}
}

func TestProjectIsGuarded(t *testing.T) {
	t.Parallel()
	x := newTable(t)
	e := entitlement.Reduce([]entitlement.Subscription{sub(entitlement.Active)}, now)
	empty := x.get(t)
	if err := x.apply(t, entitlement.Project(empty, "cus_1", e, now)); err != nil {
		t.Fatal(err)
	}
	first := x.get(t)
	tests := []struct {
		name     string
		seen     entitlement.Row
		customer string
		ok       bool
	}{
		{name: "facts from before the row existed", seen: empty, customer: "cus_1"},
		{name: "another customer", seen: first, customer: "cus_2"},
		{name: "the facts of now", seen: first, customer: "cus_1", ok: true},
		{name: "the same facts again", seen: first, customer: "cus_1"},
	}
	for _, tt := range tests {
		err := x.apply(t, entitlement.Project(tt.seen, tt.customer, e, now))
		var lost *types.ConditionalCheckFailedException
		if (err == nil) != tt.ok || (err != nil && !errors.As(err, &lost)) {
			t.Errorf("%s: %v, want accepted = %v", tt.name, err, tt.ok)
		}
	}
	if got := x.get(t); got.Version != 2 || !got.UpdatedAt.Equal(first.UpdatedAt) {
		t.Errorf("the same entitlement again: version %d at %v, want 2 at %v", got.Version, got.UpdatedAt, first.UpdatedAt)
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	row := entitlement.Row{Entitlement: entitlement.Entitlement{Tier: entitlement.Pro, EntitledUntil: now}}
	if got := row.Holds(now.Add(-time.Second)); got != entitlement.Pro {
		t.Errorf("a second before the end: %s, want pro", got)
	}
	if got := row.Holds(now); got != entitlement.Free {
		t.Errorf("at the end: %s, want free", got)
	}
	if got := (entitlement.Row{}).Holds(now); got != entitlement.Free {
		t.Errorf("the zero row holds %s, want free", got)
	}
}

func TestRowOfDistrustsTypes(t *testing.T) {
	t.Parallel()
	got := entitlement.RowOf("u1", entitlement.Item{
		"tier": n("1"), "version": s("x"), "current_period_end": s("soon"), "ask_used": n("1.5"), "disabled": s("yes"),
	})
	want := entitlement.Row{Sub: "u1", Disabled: true, Entitlement: entitlement.Reduce(nil, now)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RowOf (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		v    types.AttributeValue
		want bool
	}{{nil, false}, {&types.AttributeValueMemberBOOL{Value: false}, false}, {&types.AttributeValueMemberBOOL{Value: true}, true}, {n("0"), true}} {
		if got := entitlement.RowOf("u1", entitlement.Item{"disabled": tt.v}).Disabled; got != tt.want {
			t.Errorf("disabled %v reads as %v, want %v", tt.v, got, tt.want)
		}
	}
}

// gate refuses every version but one.
type gate string

var errTerms = errors.New("terms")

func (g gate) Check(accepted string) error {
	if accepted != string(g) {
		return errTerms
	}
	return nil
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	row := entitlement.Row{TOSVersion: "2026-06-01"}
	if err := row.Admit(gate("2026-06-01")); err != nil {
		t.Errorf("current terms: %v", err)
	}
	if err := row.Admit(gate("2027-01-01")); !errors.Is(err, errTerms) {
		t.Errorf("stale terms: %v, want %v", err, errTerms)
	}
	row.Disabled = true
	if err := row.Admit(gate("2026-06-01")); !errors.Is(err, entitlement.ErrDisabled) {
		t.Errorf("a locked account: %v, want %v", err, entitlement.ErrDisabled)
	}
}

// silent is a table that does not answer.
type silent struct{ err error }

func (x silent) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return nil, x.err
}

func TestGetFromASilentTable(t *testing.T) {
	t.Parallel()
	cause := errors.New("throttled")
	_, err := entitlement.Rows{DB: silent{cause}}.Get(t.Context(), "u1")
	if f := fault.Of(err); f.Kind != fault.Unavailable || !errors.Is(err, cause) || f.RetryAfter == 0 {
		t.Errorf("Get = %v, kind %v, retry after %v", err, f.Kind, f.RetryAfter)
	}
}

func TestViewAt(t *testing.T) {
	t.Parallel()
	renews := now.Add(10 * day)
	row := func(subs ...entitlement.Subscription) entitlement.Row {
		return entitlement.Row{Entitlement: entitlement.Reduce(subs, now), Usage: entitlement.Usage{Period: "2026-11", AskUsed: 3, BotSecondsUsed: 9}}
	}
	cancels := func(s *entitlement.Subscription) { s.CancelAt = renews }
	unpaid := func(s *entitlement.Subscription) { s.UnpaidSince = now.Add(-day) }
	tests := []struct {
		name string
		row  entitlement.Row
		at   time.Time
		tier entitlement.Tier
		next entitlement.Step
	}{
		{name: "never subscribed", row: row(), at: now, tier: entitlement.Free, next: entitlement.Subscribe},
		{name: "active pro could be more", row: row(sub(entitlement.Active)), at: now, tier: entitlement.Pro, next: entitlement.Upgrade},
		{name: "active team is the top", row: row(sub(entitlement.Active, func(s *entitlement.Subscription) { s.Tier = entitlement.Team })), at: now, tier: entitlement.Team, next: entitlement.Nothing},
		{name: "about to end", row: row(sub(entitlement.Active, cancels)), at: now, tier: entitlement.Pro, next: entitlement.Keep},
		{name: "payment failed, in grace", row: row(sub(entitlement.PastDue, unpaid)), at: now, tier: entitlement.Pro, next: entitlement.UpdatePayment},
		{name: "grace over, nobody told us", row: row(sub(entitlement.PastDue, unpaid)), at: now.Add(7 * day), tier: entitlement.Free, next: entitlement.UpdatePayment},
		{name: "unpaid", row: row(sub(entitlement.Unpaid)), at: now, tier: entitlement.Free, next: entitlement.UpdatePayment},
		{name: "paused", row: row(sub(entitlement.Paused)), at: now, tier: entitlement.Free, next: entitlement.AddPayment},
		{name: "first payment pending", row: row(sub(entitlement.Incomplete)), at: now, tier: entitlement.Free, next: entitlement.FinishPayment},
		{name: "canceled", row: row(sub(entitlement.Canceled)), at: now, tier: entitlement.Free, next: entitlement.Subscribe},
		{name: "disputed", row: row(sub(entitlement.Active, func(s *entitlement.Subscription) { s.Disputed = true })), at: now, tier: entitlement.Free, next: entitlement.Support},
		{name: "locked", row: entitlement.Row{Disabled: true, Entitlement: row(sub(entitlement.Active)).Entitlement}, at: now, tier: entitlement.Pro, next: entitlement.Support},
		{name: "paid, but not heard of for too long", row: row(sub(entitlement.Active)), at: renews.Add(entitlement.Slack), tier: entitlement.Free, next: entitlement.WaitForSync},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.row.ViewAt(tt.at)
			if got.Tier != tt.tier || got.NextStep != tt.next || got.Limits != entitlement.PlanOf(tt.tier).Limits {
				t.Errorf("ViewAt(%v) = %+v, want %s, %s", tt.at, got, tt.tier, tt.next)
			}
		})
	}
}

func TestViewJSON(t *testing.T) {
	t.Parallel()
	row := entitlement.Row{Sub: "u1", CustomerID: "cus_1", Entitlement: entitlement.Reduce([]entitlement.Subscription{sub(entitlement.Active)}, now)}
	got, err := json.Marshal(row.ViewAt(now))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"tier":"pro","status":"active","limits":{"ask_per_month":1000,"bot_hours_per_month":40,"concurrent_bots":3},` +
		`"usage":{"period":"2026-11","ask_used":0,"bot_seconds_used":0},` +
		`"current_period_end":"2026-12-01T12:00:00Z","cancel_at":null,"grace_until":null,"next_step":"upgrade"}`
	if string(got) != want {
		t.Errorf("view = %s\nwant   %s", got, want)
	}
}

func TestUsageBelongsToItsMonth(t *testing.T) {
	t.Parallel()
	u := entitlement.Usage{Period: "2026-11", AskUsed: 5}
	eve := time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)
	if got := u.At(eve); got != u {
		t.Errorf("At(%v) = %+v, want %+v", eve, got, u)
	}
	if got := u.At(eve.Add(time.Second)); got.AskUsed != 0 || got.Period != "2026-12" {
		t.Errorf("in the next month: %+v, want nothing used in 2026-12", got)
	}
	kiritimati := time.FixedZone("+14", 14*3600)
	if got := entitlement.Period(time.Date(2026, 12, 1, 5, 0, 0, 0, kiritimati)); got != "2026-11" {
		t.Errorf("Period is not in UTC: %s", got)
	}
}
