package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/account"
	"callanalyst/pkg/entitlement"
)

func (w *world) marks() account.Marks {
	return account.Marks{DB: w.db, Table: w.db.Table("entitlements"), Now: noon}
}

// adas is what the first call of a deletion knows.
func adas() account.Case {
	return account.Case{Person: ada, Email: "u1@example.com", Name: "Ada", CustomerID: "cus_u1"}
}

func TestBeginKeepsWhatWasNotedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []account.Case{adas(), {Person: ada}, {Person: account.Person{Sub: "u1", Username: "other"}, Email: "other@example.com"}} {
		got, err := w.marks().Begin(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(adas(), got); diff != "" {
			t.Errorf("Begin(%+v) (-want +got):\n%s", c, diff)
		}
	}
}

func TestBeginAndFinishByTheStateOfTheRow(t *testing.T) {
	t.Parallel()
	no := &types.AttributeValueMemberBOOL{Value: false}
	tests := []struct {
		name string
		row  item // nil for none
		done bool
		want error
	}{
		{name: "no row", row: nil},
		{name: "a row", row: item{"tier": s("free")}},
		{name: "a row that says it is not locked", row: item{"disabled": no}},
		{name: "a deletion that has begun", row: item{"disabled": yes(), "deletion": s("begun")}},
		{name: "a deletion that is done", row: item{"disabled": yes(), "deletion": s("done")}, done: true},
		{name: "locked by an operator", row: item{"disabled": yes()}, want: entitlement.ErrDisabled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			who := account.Person{Sub: "u5", Username: "u5"}
			if tt.row != nil {
				tt.row["cognito_sub"] = s("u5")
				w.put("entitlements", tt.row)
			}
			c, err := w.marks().Begin(t.Context(), account.Case{Person: who})
			if !errors.Is(err, tt.want) || c.Done != tt.done {
				t.Fatalf("Begin = %+v, %v, want done %v and %v", c, err, tt.done, tt.want)
			}
			if tt.want != nil {
				if err := w.marks().Finish(t.Context(), "u5"); err == nil {
					t.Error("Finish of a deletion that never began")
				}
				return
			}
			for range 2 {
				if err := w.marks().Finish(t.Context(), "u5"); err != nil {
					t.Errorf("Finish: %v", err)
				}
			}
			if !entitlement.RowOf("u5", w.row("u5")).Disabled {
				t.Error("the account is not locked afterwards")
			}
		})
	}
}

// TestWhatComesLateOpensNothing applies what may be on its way while an account
// goes: a projection of older facts, which must not land, and one of Stripe's last
// word, which may.
func TestWhatComesLateOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := entitlement.RowOf("u1", w.row("u1"))
	if _, err := w.marks().Begin(t.Context(), adas()); err != nil {
		t.Fatal(err)
	}
	paid := entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Active, EntitledUntil: noon().Add(time.Hour)}
	var lost *types.ConditionalCheckFailedException
	if err := w.apply(entitlement.Project(seen, "cus_u1", paid, noon())); !errors.As(err, &lost) {
		t.Errorf("a projection of older facts = %v, want it refused", err)
	}
	if err := w.marks().Finish(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	over := entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Canceled}
	if err := w.apply(entitlement.Project(entitlement.RowOf("u1", w.row("u1")), "cus_u1", over, noon())); err != nil {
		t.Errorf("Stripe's last word: %v", err)
	}
	if row := entitlement.RowOf("u1", w.row("u1")); !row.Disabled || row.Holds(noon()) != entitlement.Free {
		t.Errorf("the row says %+v, want it locked and free", row)
	}
}

func (w *world) apply(c entitlement.Change) error {
	_, err := w.db.UpdateItem(w.t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(w.db.Table("entitlements")), Key: c.Key, UpdateExpression: &c.Expression, ConditionExpression: &c.Condition,
		ExpressionAttributeNames: c.Names, ExpressionAttributeValues: c.Values,
	})
	return err
}

// silent is a table that does not answer.
type silent struct{}

func (silent) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return nil, errDown
}

func (silent) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, errDown
}

func TestMarksSayWhenTheTableIsDown(t *testing.T) {
	t.Parallel()
	m := account.Marks{DB: silent{}, Table: "entitlements", Now: noon}
	if _, err := m.Begin(t.Context(), adas()); !errors.Is(err, account.ErrUnavailable) || !errors.Is(err, errDown) {
		t.Errorf("Begin = %v, want ErrUnavailable and its cause", err)
	}
	if _, begun, err := m.Find(t.Context(), "u1"); begun || !errors.Is(err, account.ErrUnavailable) || !errors.Is(err, errDown) {
		t.Errorf("Find = %t, %v, want ErrUnavailable and its cause", begun, err)
	}
	if err := m.Finish(t.Context(), "u1"); !errors.Is(err, errDown) {
		t.Errorf("Finish = %v, want the cause", err)
	}
}
