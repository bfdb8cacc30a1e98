package migration_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabasetest"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestHashIsTheOneOfTheOtherTables(t *testing.T) {
	t.Parallel()
	for _, address := range []string{email, " LEGACY@example.com", ""} {
		if got, want := migration.Hash(address), mail.AddressHash(address); got != want {
			t.Errorf("Hash(%q) = %s, want %s", address, got, want)
		}
	}
}

func TestOneUserClaimsARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.remember(t, email, migration.Legacy{ID: "1", Confirmed: true})
	var winners atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			sub := fmt.Sprint("u-", i)
			for range 2 { // the second time is the winner's own
				l, ok, err := w.rows.Claim(t.Context(), email, sub)
				if err != nil || ok && l.Sub != sub {
					t.Errorf("Claim by %s = %+v, %t, %v", sub, l, ok, err)
				}
				if ok {
					winners.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := winners.Load(); n != 2 {
		t.Errorf("%d claims of one row succeeded, want the two of one user", n)
	}
}

func TestWhatCannotBeClaimed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.remember(t, "unconfirmed@example.com", migration.Legacy{ID: "1"})
	for _, address := range []string{"unconfirmed@example.com", "nobody@example.com"} {
		if l, ok, err := w.rows.Claim(t.Context(), address, "u-1"); ok || err != nil {
			t.Errorf("Claim of %s = %+v, %t, %v, want nothing", address, l, ok, err)
		}
		if sub := w.row(t, address)["cognito_sub"]; sub != "" {
			t.Errorf("%s belongs to %q", address, sub)
		}
	}
}

// TestASnapshotChangesNoClaimedRow runs one late.
func TestASnapshotChangesNoClaimedRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.remember(t, email, migration.Legacy{ID: "1", Name: "Lee", Confirmed: true})
	w.claim(t, "u-1")
	before := w.row(t, email)
	fresh, err := w.rows.Remember(t.Context(), email, migration.Legacy{ID: "2", Name: "Eve"})
	if fresh || err != nil {
		t.Errorf("Remember = %t, %v", fresh, err)
	}
	if err := w.rows.Prove(t.Context(), email, migration.Legacy{ID: "2"}); !errors.Is(err, migration.ErrClaimed) {
		t.Errorf("Prove = %v, want ErrClaimed", err)
	}
	if d := cmp.Diff(before, w.row(t, email)); d != "" {
		t.Errorf("the row changed: want -, got +:\n%s", d)
	}
}

func TestRememberTellsWhatIsNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	ban := now().Add(time.Hour)
	for i, want := range []bool{true, false, false} {
		fresh, err := w.rows.Remember(t.Context(), email, migration.Legacy{ID: "1", Name: "Lee", Confirmed: true, BannedUntil: ban})
		if fresh != want || err != nil {
			t.Errorf("Remember number %d = %t, %v, want %t", i+1, fresh, err, want)
		}
	}
	got, err := w.rows.Get(t.Context(), email)
	want := migration.Legacy{ID: "1", Name: "Lee", Confirmed: true, BannedUntil: ban}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("Get, %v: want -, got +:\n%s", err, d)
	}
}

func TestPayNeedsTheSamePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.remember(t, email, migration.Legacy{ID: "1", Confirmed: true})
	for _, id := range []string{"2", ""} {
		if l, err := w.rows.Pay(t.Context(), email, migration.Legacy{ID: id, CustomerID: "cus_1", Tier: entitlement.Pro}); l.ID != "" || err != nil {
			t.Errorf("Pay for id %q = %+v, %v, want nothing", id, l, err)
		}
	}
	l, err := w.rows.Pay(t.Context(), email, migration.Legacy{ID: "1", CustomerID: "cus_1", Tier: entitlement.Pro})
	if err != nil || l.CustomerID != "cus_1" || l.Tier != entitlement.Pro {
		t.Errorf("Pay = %+v, %v", l, err)
	}
	if _, err := w.rows.Pay(t.Context(), "nobody@example.com", migration.Legacy{ID: "1", CustomerID: "cus_1"}); err != nil || len(w.row(t, "nobody@example.com")) > 0 {
		t.Errorf("Pay made a row of nobody: %v", err)
	}
}

// TestNoAddressIsInTheTable reads the whole row.
func TestNoAddressIsInTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.old.AddUser(lee(nil))
	if _, err := w.door.SignIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprint(w.row(t, email)); contains(all, "@") || contains(all, "Passw0rd") {
		t.Errorf("the row holds %s", all)
	}
}
