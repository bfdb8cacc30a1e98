package account_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/account"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
)

var errKilled = errors.New("killed")

// aged counts one call, and reports whether the process that makes it is dead. The
// world's lock is held.
func (w *world) aged() bool {
	if w.life > 1 {
		w.life--
		return false
	}
	return w.life == 1
}

// lives gives the process so many calls until it is dead, 0 for any number.
func (w *world) lives(calls int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life = calls
	if calls > 0 {
		w.life++
	}
}

// survived reports whether the process is not dead.
func (w *world) survived() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.life != 1
}

// mortal is the database as a process reaches it that may die.
type mortal struct{ *world }

func (m mortal) dead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.aged()
}

// alive makes the call unless the process is dead.
func alive[I, O any](m mortal, call func(context.Context, I, ...func(*dynamodb.Options)) (O, error)) func(context.Context, I) (O, error) {
	return func(ctx context.Context, in I) (out O, err error) {
		if m.dead() {
			return out, errKilled
		}
		return call(ctx, in)
	}
}

func (m mortal) GetItem(ctx context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return alive(m, m.db.GetItem)(ctx, in)
}

func (m mortal) Query(ctx context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return alive(m, m.db.Query)(ctx, in)
}

func (m mortal) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return alive(m, m.db.UpdateItem)(ctx, in)
}

func (m mortal) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return alive(m, m.db.DeleteItem)(ctx, in)
}

func (m mortal) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return alive(m, m.db.BatchWriteItem)(ctx, in)
}

// mortals is the deleter with every call, to whomever, counted.
func (w *world) mortals() *account.Deleter {
	d := w.deleter(new(bytes.Buffer))
	db := mortal{w}
	legacy := migration.Rows{DB: db, Table: w.db.Table("legacy_users"), Now: noon}
	d.Marks = account.Marks{DB: db, Table: w.db.Table("entitlements"), Now: noon}
	d.Rows = account.Sweeper{DB: db, Tables: w.tables()}
	d.Legacy = migration.Leavers{DB: db, Rows: legacy}
	return d
}

// TestADeletionThatIsKilledAnywhereEndsByItself kills the process before each of
// its calls in turn. Nobody asks again; the queue alone goes on. Either nothing had
// begun then, and the account is as it was, or everything is gone.
func TestADeletionThatIsKilledAnywhereEndsByItself(t *testing.T) {
	t.Parallel()
	const atMost = 60
	for n := 1; n < atMost; n++ {
		w := newWorld(t)
		w.put("legacy_users", item{"email_hash": s(migration.Hash("u1@example.com")), "legacy_id": s("1"), "name": s("Ada"), "confirmed": yes()})
		d := w.mortals()
		w.lives(n)
		_ = d.Delete(t.Context(), ada)
		done := w.survived()
		w.lives(0)
		begun := entitlement.RowOf("u1", w.row("u1")).Disabled
		for _, sub := range w.queued {
			if err := d.Resume(t.Context(), sub); err != nil {
				t.Errorf("killed before call %d: Resume = %v", n, err)
			}
		}
		if !begun {
			w.wantWhole(n)
			continue
		}
		if len(w.queued) == 0 {
			t.Errorf("killed before call %d: the deletion has begun and nobody is there to end it", n)
		}
		w.wantGone()
		w.wantUntouched()
		w.wantLeft()
		if t.Failed() {
			t.Fatalf("that was with the process killed before call %d", n)
		}
		if done {
			t.Logf("killed before each of %d calls", n-1)
			return
		}
	}
	t.Errorf("a deletion takes %d calls and more: the test does not reach its end", atMost)
}

// wantWhole fails unless Ada has all she had.
func (w *world) wantWhole(n int) {
	w.t.Helper()
	if _, there := w.users["Google_1"]; !there || w.rows("profiles", "cognito_sub", "u1") != 1 || w.rows("bots", "cognito_sub", "u1") != 1 {
		w.t.Errorf("killed before call %d: nothing had begun, and something is gone", n)
	}
}

// wantLeft fails unless the old system's row of Ada is a mark alone.
func (w *world) wantLeft() {
	w.t.Helper()
	legacy := migration.Rows{DB: w.db, Table: w.db.Table("legacy_users"), Now: noon}
	if l, err := legacy.Get(w.t.Context(), "u1@example.com"); err != nil || l != (migration.Legacy{Left: true}) {
		w.t.Errorf("the old system's row is %+v, %v, want a mark alone", l, err)
	}
}

func TestResumeTouchesNoOtherAccount(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]item{
		"one that never asked for it":     {"cognito_sub": s("u1"), "tier": s("pro")},
		"one that an operator has locked": {"cognito_sub": s("u1"), "disabled": yes()},
		"one that is deleted already":     {"cognito_sub": s("u1"), "disabled": yes(), "deletion": s("done")},
	} {
		w := newWorld(t)
		w.put("entitlements", row)
		if err := w.deleter(new(bytes.Buffer)).Resume(t.Context(), "u1"); err != nil || len(w.steps) != 0 {
			t.Errorf("%s: %v after %q, want nothing done", name, err, w.steps)
		}
	}
	w := newWorld(t)
	if err := w.deleter(new(bytes.Buffer)).Resume(t.Context(), "nobody"); err != nil || len(w.steps) != 0 {
		t.Errorf("nobody: %v after %q, want nothing done", err, w.steps)
	}
}

// TestResumeSaysWhatIsNotDone leaves the message in the queue for another try.
func TestResumeSaysWhatIsNotDone(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"find", "close", "finish"} {
		w := newWorld(t)
		var log bytes.Buffer
		d := w.deleter(&log)
		if _, err := w.marks().Begin(t.Context(), adas()); err != nil {
			t.Fatal(err)
		}
		w.fail(step, errDown)
		err := d.Resume(t.Context(), "u1")
		if !errors.Is(err, account.ErrUnfinished) || !errors.Is(err, errDown) || !strings.Contains(log.String(), `"DeletionUnfinished":1`) {
			t.Errorf("while %s fails: %v, log %s, want ErrUnfinished, its cause and a count", step, err, log.String())
		}
		w.fail(step, nil)
		if err := d.Resume(t.Context(), "u1"); err != nil || !slices.Contains(w.steps, "mail u1 u1@example.com Ada") {
			t.Errorf("then: %v after %q, want it done, with the mail", err, w.steps)
		}
		w.wantGone()
	}
}
