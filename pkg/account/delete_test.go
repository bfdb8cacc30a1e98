package account_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/account"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/mail"
)

// parties are everybody outside, as steps of the world.
type parties struct{ *world }

func (p parties) Close(_ context.Context, id string) error    { return p.step("close %s", id) }
func (p parties) StopAll(_ context.Context, sub string) error { return p.step("bots %s", sub) }
func (p parties) Revoke(_ context.Context, sub string) error  { return p.step("calendar %s", sub) }

func (p parties) Leave(_ context.Context, sub, email string) error {
	return p.step("legacy %s %s", sub, email)
}

// Send is the queue.
func (p parties) Send(_ context.Context, sub string) error {
	if err := p.step("later %s", sub); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queued = append(p.queued, sub)
	return nil
}

func (p parties) AccountDeleted(_ context.Context, r mail.Reader) (mail.Outcome, error) {
	return mail.Sent, p.step("mail %s %s %s", r.Sub, r.Email, r.Name)
}

// marks and rows write their steps down too, and fail where that is wanted.
type marks struct {
	account.Marks
	*world
}

func (m marks) Finish(ctx context.Context, sub string) error {
	if err := m.step("finish %s", sub); err != nil {
		return err
	}
	return m.Marks.Finish(ctx, sub)
}

type rows struct {
	account.Sweeper
	*world
}

func (r rows) Sweep(ctx context.Context, p account.Person) error {
	if err := r.step("sweep %s", p.Sub); err != nil {
		return err
	}
	return r.Sweeper.Sweep(ctx, p)
}

func (w *world) deleter(log *bytes.Buffer) *account.Deleter {
	return &account.Deleter{
		Marks: marks{account.Marks{DB: w.db, Table: w.db.Table("entitlements"), Now: noon}, w}, Pool: pool{w},
		Later: parties{w}, Legacy: parties{w}, Billing: parties{w}, Bots: parties{w}, Calendar: parties{w}, Mail: parties{w},
		Rows: rows{account.Sweeper{DB: w.db, Tables: w.tables()}, w},
		Log:  slog.New(slog.NewJSONHandler(log, nil)), Now: noon,
	}
}

// wantGone fails unless nothing of Ada is left but what must be.
func (w *world) wantGone() {
	w.t.Helper()
	left := map[string]int{}
	for table, keys := range map[string][]string{
		"profiles": {"u1"}, "bots": {"u1"}, "calendar_connections": {"u1"}, "consents": {"u1", "PENDING#Google_1"},
	} {
		for _, k := range keys {
			left[table+" "+k] = w.rows(table, "cognito_sub", k)
		}
	}
	left["chunks bot-u1"] = w.rows("chunks", "bot_id", "bot-u1")
	want := map[string]int{
		"profiles u1": 0, "bots u1": 0, "calendar_connections u1": 0, "chunks bot-u1": 0, "consents u1": 1, "consents PENDING#Google_1": 0,
	}
	if diff := cmp.Diff(want, left); diff != "" {
		w.t.Errorf("rows of Ada that are left (-want +got):\n%s", diff)
	}
	if _, there := w.users["Google_1"]; there {
		w.t.Error("Ada is still in the pool")
	}
	var names []string
	row := w.row("u1")
	for name := range row {
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"cognito_sub", "deleted_at", "deletion", "deletion_at", "disabled", "stripe_customer_id", "tier", "tos_version", "updated_at", "version"}, names); diff != "" {
		w.t.Errorf("what the row of Ada keeps (-want +got):\n%s", diff)
	}
	if !entitlement.RowOf("u1", row).Disabled {
		w.t.Error("an access token of Ada's still opens something")
	}
}

// wantUntouched fails unless Eve has all she had.
func (w *world) wantUntouched() {
	w.t.Helper()
	left := []int{
		w.rows("profiles", "cognito_sub", "u2"), w.rows("bots", "cognito_sub", "u2"), w.rows("calendar_connections", "cognito_sub", "u2"),
		w.rows("consents", "cognito_sub", "u2"), w.rows("chunks", "bot_id", "bot-u2"),
	}
	if diff := cmp.Diff([]int{1, 1, 1, 1, 4}, left); diff != "" || entitlement.RowOf("u2", w.row("u2")).Disabled {
		w.t.Errorf("rows of Eve (-want +got):\n%s", diff)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("consents", item{"cognito_sub": s("PENDING#Google_1"), "kind_version": s("pending")})
	var log bytes.Buffer
	d := w.deleter(&log)
	if err := d.Delete(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	slices.Sort(w.steps[2:5]) // these run side by side
	want := []string{
		"find Google_1", "later u1", "bots u1", "calendar u1", "close cus_u1", "signout Google_1", "sweep u1", "legacy u1 u1@example.com",
		"delete Google_1", "mail u1 u1@example.com Ada", "finish u1",
	}
	if diff := cmp.Diff(want, w.steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	w.wantGone()
	w.wantUntouched()
	if strings.Contains(log.String(), "@") || !strings.Contains(log.String(), `"AccountDeleted":1`) {
		t.Errorf("log %s tells an address, or does not count", log.String())
	}
	w.steps = nil
	if err := d.Delete(t.Context(), ada); err != nil || len(w.steps) != 2 {
		t.Errorf("once more: %v after %q, want nothing done", err, w.steps)
	}
}

// TestDeleteGoesOn has each step fail once: the account is locked at once, the
// caller is told, and the next call ends what the first began.
func TestDeleteGoesOn(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"bots", "calendar", "close", "signout", "sweep", "legacy", "delete", "mail", "finish"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var log bytes.Buffer
			d := w.deleter(&log)
			w.fail(step, errDown)
			if err := d.Delete(t.Context(), ada); !errors.Is(err, account.ErrUnfinished) || !errors.Is(err, errDown) {
				t.Fatalf("Delete while %s fails = %v, want ErrUnfinished and its cause", step, err)
			}
			if !entitlement.RowOf("u1", w.row("u1")).Disabled || strings.Contains(log.String(), "@") || !strings.Contains(log.String(), `"DeletionUnfinished":1`) {
				t.Errorf("the account is not locked, or the log is wrong: %s", log.String())
			}
			w.fail(step, nil)
			if err := d.Delete(t.Context(), ada); err != nil {
				t.Fatalf("the next call: %v", err)
			}
			w.wantGone()
			if want := "mail u1 u1@example.com Ada"; !slices.Contains(w.steps, want) {
				t.Errorf("steps %q lack the mail, whose address only the first call could know", w.steps)
			}
		})
	}
}

func TestDeleteWithoutNotetakerAndCalendars(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.deleter(new(bytes.Buffer))
	d.Bots, d.Calendar = nil, nil
	if err := d.Delete(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	w.wantGone()
}

func TestDeletesSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.deleter(new(bytes.Buffer))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := d.Delete(t.Context(), ada); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.wantGone()
	w.wantUntouched()
}

func TestDeleteRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.deleter(new(bytes.Buffer))
	w.fail("find", errDown)
	if err := d.Delete(t.Context(), ada); !errors.Is(err, errDown) || entitlement.RowOf("u1", w.row("u1")).Disabled {
		t.Errorf("without the pool = %v, want its error and nothing begun", err)
	}
	w.fail("find", nil)
	w.fail("later", errDown)
	if err := d.Delete(t.Context(), ada); !errors.Is(err, account.ErrUnavailable) || entitlement.RowOf("u1", w.row("u1")).Disabled {
		t.Errorf("without the queue = %v, want ErrUnavailable and nothing begun: nobody would end it", err)
	}
	w.fail("later", nil)
	w.put("entitlements", item{"cognito_sub": s("u1"), "disabled": yes(), "stripe_customer_id": s("cus_u1")})
	w.steps = nil
	if err := d.Delete(t.Context(), ada); !errors.Is(err, entitlement.ErrDisabled) || len(w.steps) != 2 {
		t.Errorf("of an account that an operator locked = %v after %q, want ErrDisabled and nothing done", err, w.steps)
	}
}

// TestDeleteSparesWhoeverHasTheNameNow is about a Google user who came back: the
// name is the old one, the user is not.
func TestDeleteSparesWhoeverHasTheNameNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.users["Google_1"]
	u.Attributes["sub"] = "u9"
	w.users["Google_1"] = u
	if err := w.deleter(new(bytes.Buffer)).Delete(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	if _, there := w.users["Google_1"]; !there || slices.Contains(w.steps, "signout Google_1") {
		t.Errorf("steps %q touched somebody else", w.steps)
	}
}

func TestTheFarewellHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"an address that is none":   func(w *world) { w.fail("mail", mail.ErrAddress) },
		"a mail that SES refuses":   func(w *world) { w.fail("mail", mail.ErrRejected.With(errDown)) },
		"an address not verified":   func(w *world) { w.users["Google_1"].Attributes["email_verified"] = "false"; w.fail("mail", errDown) },
		"a provider that told none": func(w *world) { delete(w.users["Google_1"].Attributes, "email"); w.fail("mail", errDown) },
	} {
		w := newWorld(t)
		change(w)
		if err := w.deleter(new(bytes.Buffer)).Delete(t.Context(), ada); err != nil {
			t.Errorf("%s: %v, want the account gone all the same", name, err)
		}
		w.wantGone()
	}
}

func TestSweepTakesLongTranscriptsAndSparesShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bot("u1", "bot-long", 60)
	w.bot("u1", "bot-shared", 3)
	w.put("bots", item{"cognito_sub": s("u2"), "bot_id": s("bot-shared")})
	sweeper := account.Sweeper{DB: w.db, Tables: w.tables()}
	for range 2 {
		if err := sweeper.Sweep(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.rows("chunks", "bot_id", "bot-long"); n != 0 {
		t.Errorf("%d rows of the long transcript are left", n)
	}
	if n := w.rows("chunks", "bot_id", "bot-shared"); n != 5 {
		t.Errorf("%d rows of the shared transcript are left, want all 5: they are Eve's too", n)
	}
}

// stingy is a database that takes one row of each batch, or none at all.
type stingy struct {
	*dynamodb.Client
	takes int
}

func (d stingy) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	for table, batch := range in.RequestItems {
		n := min(d.takes, len(batch))
		left := map[string][]types.WriteRequest{}
		if n < len(batch) {
			left[table] = batch[n:]
		}
		if n == 0 {
			return &dynamodb.BatchWriteItemOutput{UnprocessedItems: left}, nil
		}
		_, err := d.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: batch[:n]}}, o...)
		return &dynamodb.BatchWriteItemOutput{UnprocessedItems: left}, err
	}
	return nil, fmt.Errorf("an empty batch")
}

func TestSweepAsksAgainForWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := (account.Sweeper{DB: stingy{w.db.Client, 1}, Tables: w.tables()}).Sweep(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	if n := w.rows("chunks", "bot_id", "bot-u1"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if err := (account.Sweeper{DB: stingy{w.db.Client, 0}, Tables: w.tables()}).Sweep(t.Context(), eve); err == nil {
		t.Error("Sweep was content with rows that stayed")
	}
	if n := w.rows("bots", "cognito_sub", "u2"); n != 1 {
		t.Error("the bot went before what was said to it: the next sweep will not find that")
	}
}
