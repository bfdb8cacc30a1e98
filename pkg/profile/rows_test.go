package profile_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/profile"
)

type item = map[string]types.AttributeValue

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }

func clock() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func rowsOf(db *dynamotest.DB) profile.Rows {
	return profile.Rows{DB: db, Profiles: db.Table("profiles"), Entitlements: db.Table("entitlements"), Now: clock}
}

// put writes a row as somebody else might have.
func put(t *testing.T, db *dynamotest.DB, table string, it item) {
	t.Helper()
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(db.Table(table)), Item: it}); err != nil {
		t.Fatal(err)
	}
}

func ada(sub string) profile.Profile {
	return profile.FromAttributes(map[string]string{"sub": sub, "email": "ada@example.com", "name": "Ada", "picture": "https://example.com/a.png"})
}

func TestCreateStoresWhatIsReadBack(t *testing.T) {
	t.Parallel()
	rows := rowsOf(dynamotest.New(t))
	for _, p := range []profile.Profile{ada("u1"), profile.FromAttributes(map[string]string{"sub": "u2"})} {
		stored, created, err := rows.Create(t.Context(), p)
		if err != nil || !created {
			t.Fatalf("Create(%s) = %v, %v, want a new row", p.Sub, created, err)
		}
		want := p
		want.Version, want.Source = 1, profile.FromDynamoDB
		if diff := cmp.Diff(want, stored); diff != "" {
			t.Errorf("Create(%s) (-want +got):\n%s", p.Sub, diff)
		}
		a, err := rows.Account(t.Context(), p.Sub)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, a.Profile); diff != "" {
			t.Errorf("Account(%s) (-want +got):\n%s", p.Sub, diff)
		}
	}
}

func TestCreateNeverTouchesAnEditedRow(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	put(t, db, "profiles", item{
		"cognito_sub": s("u1"), "name": s("Countess"), "version": n("9"),
		"preferences": s(`{"theme":"dark","n":12345678901234567890.10}`), "custom": s("{}"), "other": s("kept"),
	})
	stored, created, err := rowsOf(db).Create(t.Context(), ada("u1"))
	if err != nil || created {
		t.Fatalf("Create over a row = %v, %v, want it left alone", created, err)
	}
	want := profile.Profile{
		Sub: "u1", Name: "Countess", Version: 9, Source: profile.FromDynamoDB,
		Preferences: json.RawMessage(`{"theme":"dark","n":12345678901234567890.10}`), Custom: json.RawMessage("{}"),
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("Create answered (-want +got):\n%s", diff)
	}
	out, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String(db.Table("profiles")), Key: item{"cognito_sub": s("u1")}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Item) != 6 || out.Item["email"] != nil {
		t.Errorf("the row changed: %v", out.Item)
	}
}

func TestCreateAtOnceLeavesOneRow(t *testing.T) {
	t.Parallel()
	rows := rowsOf(dynamotest.New(t))
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			stored, created, err := rows.Create(t.Context(), ada("u1"))
			if err != nil || stored.Version != 1 {
				t.Errorf("Create = %+v, %v, want version 1", stored, err)
			}
			if created {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d of 8 runs made the row, want 1", made.Load())
	}
}

func TestAccountReadsBothRows(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	if got, want := account(t, db), (profile.Account{Profile: profile.Profile{Sub: "u1"}, Entitlement: entitlement.RowOf("u1", nil)}); !cmp.Equal(got, want) {
		t.Errorf("Account of nobody (-want +got):\n%s", cmp.Diff(want, got))
	}
	row := item{"cognito_sub": s("u1"), "tos_version": s("2026-06-01"), "stripe_customer_id": s("cus_1"), "tier": s("pro"), "disabled": s("abuse")}
	put(t, db, "entitlements", row)
	if got, want := account(t, db).Entitlement, entitlement.RowOf("u1", row); !cmp.Equal(got, want) || !got.Disabled || got.CustomerID != "cus_1" {
		t.Errorf("Account's entitlement (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func account(t *testing.T, db *dynamotest.DB) profile.Account {
	t.Helper()
	a, err := rowsOf(db).Account(t.Context(), "u1")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAccountRefusesAMalformedRow(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	tests := map[string]item{
		"preferences are no JSON":   {"version": n("1"), "preferences": s(`{"theme":`)},
		"preferences are no object": {"version": n("1"), "preferences": s(`[]`)},
		"custom fields are no text": {"version": n("1"), "custom": n("1")},
		"there is no version":       {"name": s("Ada")},
		"the version is no number":  {"version": s("1")},
		"the version has a half":    {"version": n("1.5")},
	}
	for name, it := range tests {
		t.Run(name, func(t *testing.T) {
			it["cognito_sub"] = s("u1")
			put(t, db, "profiles", it)
			got, err := rowsOf(db).Account(t.Context(), "u1")
			if err == nil || errors.Is(err, profile.ErrUnavailable) {
				t.Errorf("Account = %+v, %v, want an error that no retry mends", got, err)
			}
		})
	}
}

// flaky answers reads with what is in responses, in order, and counts.
type flaky struct {
	responses []*dynamodb.BatchGetItemOutput
	err       error
	asked     []*dynamodb.BatchGetItemInput
}

func (f *flaky) BatchGetItem(_ context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	f.asked = append(f.asked, in)
	if f.err != nil {
		return nil, f.err
	}
	out := f.responses[0]
	if len(f.responses) > 1 {
		f.responses = f.responses[1:]
	}
	return out, nil
}

func (f *flaky) PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return nil, f.err
}

func TestAccountAsksOnceAndConsistently(t *testing.T) {
	t.Parallel()
	db := &flaky{responses: []*dynamodb.BatchGetItemOutput{{}}}
	rows := profile.Rows{DB: db, Profiles: "p", Entitlements: "e", Now: clock}
	if _, err := rows.Account(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	if len(db.asked) != 1 {
		t.Fatalf("%d round trips, want 1", len(db.asked))
	}
	for _, table := range []string{"p", "e"} {
		if k := db.asked[0].RequestItems[table]; len(k.Keys) != 1 || !aws.ToBool(k.ConsistentRead) {
			t.Errorf("table %s is asked %+v, want one key, consistently", table, k)
		}
	}
}

func TestAccountAsksAgainForWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := map[string]types.KeysAndAttributes{"e": {Keys: []item{{"cognito_sub": s("u1")}}, ConsistentRead: aws.Bool(true)}}
		db := &flaky{responses: []*dynamodb.BatchGetItemOutput{
			{Responses: map[string][]item{"p": {{"cognito_sub": s("u1"), "version": n("2")}}}, UnprocessedKeys: left},
			{UnprocessedKeys: left},
			{Responses: map[string][]item{"e": {{"cognito_sub": s("u1"), "tier": s("pro")}}}},
		}}
		a, err := profile.Rows{DB: db, Profiles: "p", Entitlements: "e", Now: clock}.Account(t.Context(), "u1")
		if err != nil || a.Profile.Version != 2 || a.Entitlement.Tier != entitlement.Pro {
			t.Errorf("Account = %+v, %v, want both rows", a, err)
		}
		if len(db.asked) != 3 || len(db.asked[1].RequestItems) != 1 {
			t.Errorf("asked %d times, the second time for %v; want 3 and the left out alone", len(db.asked), db.asked[1].RequestItems)
		}
	})
}

func TestAccountGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := map[string]types.KeysAndAttributes{"e": {Keys: []item{{"cognito_sub": s("u1")}}}}
		always := &dynamodb.BatchGetItemOutput{UnprocessedKeys: left}
		tests := []struct {
			name string
			time time.Duration
			db   *flaky
			want int // round trips
		}{
			{name: "after four throttled tries", time: time.Second, db: &flaky{responses: []*dynamodb.BatchGetItemOutput{always}}, want: 4},
			{name: "when the time is up", time: 30 * time.Millisecond, db: &flaky{responses: []*dynamodb.BatchGetItemOutput{always}}, want: 2},
			{name: "when DynamoDB refuses", time: time.Second, db: &flaky{err: &types.ProvisionedThroughputExceededException{}}, want: 1},
		}
		for _, tt := range tests {
			ctx, stop := context.WithTimeout(t.Context(), tt.time)
			_, err := profile.Rows{DB: tt.db, Profiles: "p", Entitlements: "e", Now: clock}.Account(ctx, "u1")
			stop()
			if !errors.Is(err, profile.ErrUnavailable) || !strings.Contains(err.Error(), "u1") {
				t.Errorf("%s: Account = %v, want ErrUnavailable that names the user", tt.name, err)
			}
			if len(tt.db.asked) != tt.want {
				t.Errorf("%s: %d round trips, want %d", tt.name, len(tt.db.asked), tt.want)
			}
		}
	})
}

func TestCreateTellsAnOutageApart(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	_, created, err := profile.Rows{DB: &flaky{err: down}, Profiles: "p", Now: clock}.Create(t.Context(), ada("u1"))
	if !errors.Is(err, profile.ErrUnavailable) || !errors.Is(err, down) || created {
		t.Errorf("Create = %v, %v, want ErrUnavailable with its cause", created, err)
	}
}
