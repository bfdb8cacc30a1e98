package migration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabasetest"
)

func (w *world) leave(t *testing.T, sub, address string) {
	t.Helper()
	for range 2 { // a deletion may come this far more than once
		if err := (migration.Leavers{DB: w.db, Rows: w.rows}).Leave(t.Context(), sub, address); err != nil {
			t.Fatalf("Leave(%s, %s): %v", sub, address, err)
		}
	}
}

// TestWhoLeftIsNotBroughtBack deletes a user at each point of coming over, with
// the old password still good, and tries every way in.
func TestWhoLeftIsNotBroughtBack(t *testing.T) {
	t.Parallel()
	known := migration.Legacy{ID: "7d1c4f0e", Name: "Lee Gacy", Confirmed: true}
	tests := []struct {
		name   string
		before func(t *testing.T, w *world)
		email  string
	}{
		{name: "before anything was claimed", before: func(t *testing.T, w *world) { w.remember(t, email, known) }, email: email},
		{name: "when everything was claimed", before: func(t *testing.T, w *world) { w.remember(t, email, known); w.claim(t, "u-1") }, email: email},
		{name: "with an address that is another one by now", before: func(t *testing.T, w *world) { w.remember(t, email, known); w.claim(t, "u-1") }, email: "new@example.com"},
		{name: "with no address that anybody vouches for", before: func(t *testing.T, w *world) { w.remember(t, email, known); w.claim(t, "u-1") }},
		{name: "one whom no snapshot knew", before: func(*testing.T, *world) {}, email: email},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, supabasetest.Config{})
			w.old.AddUser(lee(nil))
			tt.before(t, w)
			w.leave(t, "u-1", tt.email)
			if d := cmp.Diff(map[string]string{}, w.row(t, email)); d != "" {
				t.Errorf("the row still says: want -, got +:\n%s", d)
			}
			if got, err := w.door.SignIn(t.Context(), email, password); got != nil || err != nil {
				t.Errorf("SignIn = %+v, %v, want a wrong password", got, err)
			}
			if got, err := w.door.Forgotten(t.Context(), email); got != nil || err != nil {
				t.Errorf("Forgotten = %+v, %v, want nobody", got, err)
			}
			if fresh, err := w.rows.Remember(t.Context(), email, known); fresh || err != nil {
				t.Errorf("the next snapshot: %t, %v, want it passed over", fresh, err)
			}
			if err := w.rows.Prove(t.Context(), email, known); !errors.Is(err, migration.ErrClaimed) {
				t.Errorf("Prove = %v, want ErrClaimed", err)
			}
			if l, ok, err := w.rows.Claim(t.Context(), email, "u-2"); ok || err != nil {
				t.Errorf("somebody new claims %+v, %v, want nothing", l, err)
			}
			if l, err := w.rows.Pay(t.Context(), email, migration.Legacy{ID: known.ID, CustomerID: "cus_1", Tier: entitlement.Pro}); l.ID != "" || err != nil {
				t.Errorf("Pay = %+v, %v, want nothing", l, err)
			}
			if l, err := w.rows.Get(t.Context(), email); !l.Left || l.Waits() || err != nil {
				t.Errorf("the row is %+v, %v, want it left and the address free to sign up with", l, err)
			}
		})
	}
}

// TestLeavingSparesOthers has somebody leave with the address of another user's row.
func TestLeavingSparesOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.remember(t, email, migration.Legacy{ID: "1", Confirmed: true})
	w.claim(t, "u-1")
	before := w.row(t, email)
	w.leave(t, "u-2", email)
	if d := cmp.Diff(before, w.row(t, email)); d != "" {
		t.Errorf("the row of u-1: want -, got +:\n%s", d)
	}
}

// dead is a table that does not answer.
type dead struct{ err error }

func (d dead) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return nil, d.err
}

func (d dead) Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return nil, d.err
}

func (d dead) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return nil, d.err
}

func TestLeaveSaysWhenTheTableIsDown(t *testing.T) {
	t.Parallel()
	w, down := newWorld(t, supabasetest.Config{}), dead{errors.New("down")}
	if err := (migration.Leavers{DB: down, Rows: w.rows}).Leave(t.Context(), "u-1", email); !errors.Is(err, down.err) {
		t.Errorf("without the index: %v, want the cause", err)
	}
	rows := w.rows
	rows.DB = down
	if err := (migration.Leavers{DB: w.db, Rows: rows}).Leave(t.Context(), "u-1", email); !errors.Is(err, down.err) {
		t.Errorf("without the row: %v, want the cause", err)
	}
}
