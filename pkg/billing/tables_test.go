package billing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// broken is a DynamoDB whose every call fails, or answers nothing of use.
type broken struct{ err error }

type options = func(*dynamodb.Options)

func (x broken) GetItem(context.Context, *dynamodb.GetItemInput, ...options) (*dynamodb.GetItemOutput, error) {
	return nil, x.err
}
func (x broken) PutItem(context.Context, *dynamodb.PutItemInput, ...options) (*dynamodb.PutItemOutput, error) {
	return nil, x.err
}
func (x broken) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...options) (*dynamodb.UpdateItemOutput, error) {
	return nil, x.err
}
func (x broken) TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...options) (*dynamodb.TransactWriteItemsOutput, error) {
	return nil, x.err
}
func (x broken) Query(context.Context, *dynamodb.QueryInput, ...options) (*dynamodb.QueryOutput, error) {
	return nil, x.err
}
func (x broken) Scan(context.Context, *dynamodb.ScanInput, ...options) (*dynamodb.ScanOutput, error) {
	return nil, x.err
}
func (x broken) BatchGetItem(_ context.Context, in *dynamodb.BatchGetItemInput, _ ...options) (*dynamodb.BatchGetItemOutput, error) {
	if x.err == nil {
		return &dynamodb.BatchGetItemOutput{UnprocessedKeys: in.RequestItems}, nil
	}
	return nil, x.err
}

var errThrottled = errors.New("throttled")

// A table that does not answer is told on with its cause, by everything that
// asks it, and names whom or what it was about.
func TestBrokenTables(t *testing.T) {
	t.Parallel()
	db := broken{errThrottled}
	account := stripetest.New(stripetest.Config{})
	api := billing.NewStripe("", account.Client(), billing.FixedKey(stripetest.TestKey))
	ledger := billing.Ledger{DB: db, Now: time.Now}
	event := billing.Event{ID: "evt_1", Type: "invoice.paid"}
	change := entitlement.Project(entitlement.Row{Sub: "u1"}, "cus_1", entitlement.Reduce(nil, time.Now()), time.Now())
	tests := map[string]func(ctx context.Context) error{
		"claim event evt_1":   func(ctx context.Context) error { _, err := ledger.Claim(ctx, event, time.Second, false); return err },
		"release event evt_1": func(ctx context.Context) error { return ledger.Release(ctx, billing.Claim{Event: "evt_1"}, "X") },
		"throttled": func(ctx context.Context) error {
			return ledger.Finish(ctx, billing.Claim{Event: "evt_1"}, billing.Ignored, "")
		},
		"throttled again": func(ctx context.Context) error { return ledger.Commit(ctx, change, nil, billing.Applied, "") },
		"checkout intent of u1": func(ctx context.Context) error {
			_, err := billing.Intents{DB: db, Now: time.Now, Rand: strings.NewReader("0123456789abcdef")}.Take(ctx, "u1", "pro", "")
			return err
		},
		"user of cus_1": func(ctx context.Context) error {
			_, err := billing.Owners{DB: db, Stripe: api}.Owner(ctx, "cus_1")
			return err
		},
		"read 1 rows": func(ctx context.Context) error {
			_, err := billing.Census{DB: db}.Rows(ctx, []string{"u1"})
			return err
		},
		"scan paid rows": func(ctx context.Context) error {
			_, _, err := billing.Census{DB: db}.Paid(ctx, "")
			return err
		},
		"load cursor": func(ctx context.Context) error {
			_, err := billing.Cursors{DB: db, Now: time.Now}.Load(ctx)
			return err
		},
		"save cursor": func(ctx context.Context) error {
			return billing.Cursors{DB: db, Now: time.Now}.Save(ctx, billing.Cursor{})
		},
		"look up link for u1": func(ctx context.Context) error {
			_, err := (&billing.Linker{Links: billing.Links{DB: db, Now: time.Now}}).Link(ctx, billing.User{Sub: "u1"})
			return err
		},
		"retire customer of u1": func(ctx context.Context) error {
			_, err := (&billing.Linker{Links: billing.Links{DB: db, Now: time.Now}}).Relink(ctx, billing.User{Sub: "u1"}, "cus_1")
			return err
		},
	}
	for words, do := range tests {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			err := do(t.Context())
			if !errors.Is(err, errThrottled) || !strings.Contains(err.Error(), strings.TrimSuffix(words, " again")) {
				t.Errorf("error = %v, want one about %q because of %v", err, words, errThrottled)
			}
		})
	}
}

func TestCensusAsksAgainForWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := (billing.Census{DB: broken{}, Table: "e"}).Rows(ctx, []string{"u1"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Rows that are always left out: %v, want %v", err, context.DeadlineExceeded)
		}
	})
	if rows, err := (billing.Census{DB: broken{errThrottled}}).Rows(t.Context(), nil); err != nil || len(rows) != 0 {
		t.Errorf("Rows of nobody = %v, %v, want no call", rows, err)
	}
}

func TestCensusOnARealEngine(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	census := billing.Census{DB: s.db, Table: s.db.Table("entitlements")}
	for i, tier := range []string{"free", "pro", "team", ""} {
		item := entitlement.Item{"cognito_sub": str(fmt.Sprintf("u%d", i))}
		if tier != "" {
			item["tier"] = str(tier)
		}
		if _, err := s.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &census.Table, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := census.Rows(t.Context(), []string{"u0", "u2", "nobody"})
	if err != nil || len(rows) != 2 || rows["u2"].Tier != entitlement.Team {
		t.Errorf("Rows = %+v, %v", rows, err)
	}
	paid, next, err := census.Paid(t.Context(), "")
	if err != nil || next != "" || len(paid) != 2 {
		t.Errorf("Paid = %+v, %q, %v; want pro and team", paid, next, err)
	}
	if rest, _, err := census.Paid(t.Context(), paid[0].Sub); err != nil || len(rest) != 1 || rest[0].Sub != paid[1].Sub {
		t.Errorf("Paid after %s = %+v, %v", paid[0].Sub, rest, err)
	}
}

func TestCursors(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cursors := billing.Cursors{DB: s.db, Table: s.db.Table("stripe_events"), Now: s.Now}
	if cur, err := cursors.Load(t.Context()); err != nil || cur != (billing.Cursor{}) {
		t.Errorf("Load of nothing = %+v, %v", cur, err)
	}
	want := billing.Cursor{Began: s.Now(), Phase: billing.PaidRows, After: "u7", Tally: billing.Tally{Rows: 3}}
	if err := cursors.Save(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := cursors.Load(t.Context()); err != nil || got != want {
		t.Errorf("Load = %+v, %v, want %+v", got, err, want)
	}
	_, err := s.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &cursors.Table, Item: entitlement.Item{"event_id": str("reconcile"), "cursor": str("{")}})
	if err != nil {
		t.Fatal(err)
	}
	if cur, err := cursors.Load(t.Context()); err != nil || cur != (billing.Cursor{}) {
		t.Errorf("Load of nonsense = %+v, %v, want a fresh start", cur, err)
	}
}

func TestIntents(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	random := bytes.NewReader(bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), 20))
	intents := billing.Intents{DB: s.db, Table: s.db.Table("entitlements"), Now: s.Now, Rand: random}
	take := func(order, spent string) billing.Intent {
		t.Helper()
		in, err := intents.Take(t.Context(), sub, order, spent)
		if err != nil || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(in.Nonce) {
			t.Fatalf("Take(%s, %q) = %+v, %v", order, spent, in, err)
		}
		return in
	}
	first := take("pro", "")
	if first.Replaced {
		t.Error("the first intent replaced something")
	}
	if again := take("pro", ""); again != (billing.Intent{Nonce: first.Nonce}) {
		t.Errorf("the same wish = %+v, want %s", again, first.Nonce)
	}
	other := take("team", "")
	if other.Nonce == first.Nonce || !other.Replaced {
		t.Errorf("another wish = %+v", other)
	}
	if again := take("team", first.Nonce); again.Nonce != other.Nonce {
		t.Errorf("a nonce that was spent long ago replaced %s by %s", other.Nonce, again.Nonce)
	}
	if next := take("team", other.Nonce); next.Nonce == other.Nonce || !next.Replaced {
		t.Errorf("a spent nonce stays: %+v", next)
	}
	s.add(24 * time.Hour)
	if late := take("team", ""); !late.Replaced {
		t.Errorf("an intent of yesterday stays: %+v", late)
	}
	if row := s.row(t, ann); row.Version != 0 || row.Tier != entitlement.Free {
		t.Errorf("intents changed the row to %+v", row)
	}
	if _, err := intents.Take(t.Context(), sub, "team", ""); err != nil {
		t.Fatal(err)
	}
	intents.Rand = strings.NewReader("short")
	if _, err := intents.Take(t.Context(), sub, "team", ""); err == nil {
		t.Error("a nonce without randomness")
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	owners := billing.Owners{DB: s.db, Table: s.db.Table("entitlements"), Stripe: s.api}
	named := s.account.AddCustomer("", map[string]string{"cognito_sub": "u1"})
	linked := s.account.AddCustomer("", nil)
	twice := s.account.AddCustomer("", nil)
	gone := s.account.AddCustomer("", map[string]string{"cognito_sub": "u4"})
	s.account.DeleteCustomer(gone)
	for sub, customer := range map[string]string{"u2": linked, "u3": twice, "u3b": twice, "u4": gone} {
		item := entitlement.Item{"cognito_sub": str(sub), "stripe_customer_id": str(customer)}
		if _, err := s.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(owners.Table), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	for customer, want := range map[string]string{named: "u1", linked: "u2", twice: "", gone: "u4", "cus_none": ""} {
		if got, err := owners.Owner(t.Context(), customer); err != nil || got != want {
			t.Errorf("Owner(%s) = %q, %v, want %q", customer, got, err, want)
		}
	}
	s.account.Inject(stripetest.Fault{Status: 500})
	if _, err := owners.Owner(t.Context(), linked); err == nil {
		t.Error("with Stripe down nobody knows, and no error says so")
	}
}

// What a transaction was cancelled for decides what happens next.
func TestCommitSortsOutItsConflicts(t *testing.T) {
	t.Parallel()
	reasons := func(codes ...string) error {
		e := &types.TransactionCanceledException{}
		for _, c := range codes {
			e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: aws.String(c)})
		}
		return e
	}
	change := entitlement.Project(entitlement.Row{Sub: "u1"}, "cus_1", entitlement.Reduce(nil, time.Now()), time.Now())
	tests := []struct {
		name string
		err  error
		want string
	}{
		{name: "the row changed", err: reasons("ConditionalCheckFailed", "None"), want: "the row changed meanwhile"},
		{name: "the row is being changed", err: reasons("TransactionConflict", "None"), want: "the row changed meanwhile"},
		{name: "the event is being ended", err: reasons("None", "TransactionConflict"), want: "the row changed meanwhile"},
		{name: "the claim is lost", err: reasons("None", "ConditionalCheckFailed"), want: "lost the event to another run"},
		{name: "both: the claim counts", err: reasons("ConditionalCheckFailed", "ConditionalCheckFailed"), want: "lost the event to another run"},
		{name: "throttled", err: reasons("ThrottlingError", "None"), want: "TransactionCanceledException"},
		{name: "no reasons", err: reasons(), want: "TransactionCanceledException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ledger := billing.Ledger{DB: broken{tt.err}, Now: time.Now}
			err := ledger.Commit(t.Context(), change, &billing.Claim{Event: "evt_1"}, billing.Applied, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Commit = %v, want %q", err, tt.want)
			}
		})
	}
}

// A projector that is always overtaken gives up with an error that Stripe's next
// delivery heals.
func TestAProjectorThatIsAlwaysOvertaken(t *testing.T) {
	t.Parallel()
	s := subscriber(t)
	changed := &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{Code: aws.String("ConditionalCheckFailed")}}}
	s.projector.Ledger = billing.Ledger{DB: broken{changed}, Now: s.Now}
	_, err := s.projector.Project(t.Context(), s.row(t, ann).CustomerID, billing.Hint{Sub: ann.Sub}, nil)
	if f := fault.Of(err); f.Kind != fault.Unavailable {
		t.Errorf("Project = %v, want Unavailable", err)
	}
}

// The user that an event names need not be the customer's: the right one is
// found, and the wrong one's row is left alone.
func TestProjectFindsTheRightUser(t *testing.T) {
	t.Parallel()
	for _, hint := range []string{"", ann.Sub, "0c6f5f0f-0000-4000-8000-000000000002"} {
		s := subscriber(t)
		got, err := s.projector.Project(t.Context(), s.row(t, ann).CustomerID, billing.Hint{Sub: hint}, nil)
		if err != nil || got.Sub != ann.Sub || got.Outcome != billing.Applied || !got.Changed() {
			t.Errorf("hint %q: %+v, %v", hint, got, err)
		}
		s.holds(t, "hint "+hint, entitlement.Pro, entitlement.Active)
		if hint != "" && hint != ann.Sub {
			if row, err := s.rows.Get(t.Context(), hint); err != nil || row.Version != 0 {
				t.Errorf("the wrong user's row = %+v, %v", row, err)
			}
		}
	}
}

// A customer whose link was lost is linked again by the first event about it.
func TestProjectAdoptsACustomerThatNamesTheUser(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.account.AddCustomer("ann@example.com", mine())
	s.account.Subscribe(id, "pro_monthly", stripetest.Good, 0)
	s.deliver(t)
	s.holds(t, "adopted", entitlement.Pro, entitlement.Active)
	if got := s.row(t, ann).CustomerID; got != id {
		t.Errorf("linked to %q, want %q", got, id)
	}
}
