package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/backfill"
	"callanalyst/pkg/migration/supabasetest"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newOutside(t))
	ban := begun().AddDate(10, 0, 0)
	w.old.AddUser(supabasetest.User{ID: "1", Email: "Paid@example.com", Password: "pw", Confirmed: begun(), Name: "Pa\x00id\u202e"})
	w.old.AddUser(supabasetest.User{ID: "2", Email: "banned@example.com", Confirmed: begun(), BannedUntil: ban})
	w.old.AddUser(supabasetest.User{ID: "3", Email: "unconfirmed@example.com", Password: "pw"})
	w.old.AddUser(supabasetest.User{ID: "4", Anonymous: true})
	dry, err := backfill.Run(t.Context(), w.job("users"), backfill.Request{Job: "users", DryRun: true}, time.Now)
	if want := (map[string]int{"created": 3, "skipped_no_email": 1}); err != nil || !maps.Equal(dry.Tally, want) || dry.Total != 4 || !dry.Done {
		t.Errorf("dry run = %+v, %v, want %v of 4", dry, err, want)
	}
	if rows := w.table(t, "legacy_users", "email_hash"); len(rows) > 0 {
		t.Fatalf("the dry run wrote %v", rows)
	}
	run(t, w.job("users"), "users")
	for email, want := range map[string]migration.Legacy{
		"paid@example.com": {ID: "1", Name: "Paid", Confirmed: true}, "banned@example.com": {ID: "2", Confirmed: true, BannedUntil: ban},
		"unconfirmed@example.com": {ID: "3"}, "": {},
	} {
		got, err := w.legacy().Get(t.Context(), email)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%q, %v: want -, got +:\n%s", email, err, d)
		}
	}
}

// TestASlicesTimeIsUp leaves the rest to the next one.
func TestASlicesTimeIsUp(t *testing.T) {
	t.Parallel()
	now, pages := begun(), 0
	job := jobFunc(func(context.Context, string, bool) (backfill.Page, error) {
		pages++
		now = now.Add(3 * time.Second)
		return backfill.Page{Next: fmt.Sprint(pages), Outcomes: []backfill.Outcome{{ID: "x", What: "created"}}}, nil
	})
	r, err := backfill.Run(t.Context(), job, backfill.Request{Job: "users", Seconds: 10}, func() time.Time { return now })
	want := backfill.Report{Job: "users", Cursor: "4", Pages: 4, Tally: map[string]int{"created": 4}}
	if d := cmp.Diff(want, r); d != "" || err != nil {
		t.Errorf("%v: want -, got +:\n%s", err, d)
	}
	ctx, stop := context.WithDeadline(t.Context(), time.Now().Add(4*time.Second))
	defer stop()
	if r, err = backfill.Run(ctx, job, backfill.Request{Seconds: 600}, time.Now); err != nil || r.Pages != 1 {
		t.Errorf("Run shortly before the end of the invocation = %d pages, %v, want one", r.Pages, err)
	}
}

type jobFunc func(ctx context.Context, cursor string, dry bool) (backfill.Page, error)

func (f jobFunc) Page(ctx context.Context, cursor string, dry bool) (backfill.Page, error) {
	return f(ctx, cursor, dry)
}

// TestAnInterruptionKeepsWhatIsDone fails the third page.
func TestAnInterruptionKeepsWhatIsDone(t *testing.T) {
	t.Parallel()
	pages := 0
	job := jobFunc(func(context.Context, string, bool) (backfill.Page, error) {
		if pages++; pages == 3 {
			return backfill.Page{}, errors.New("supabase: no usable answer")
		}
		return backfill.Page{Next: fmt.Sprint(pages)}, nil
	})
	r, err := backfill.Run(t.Context(), job, backfill.Request{}, time.Now)
	if err != nil || r.Cursor != "2" || r.Done || r.Interrupted != "JOB_INTERRUPTED" {
		t.Errorf("Run = %+v, %v, want the cursor behind the second page", r, err)
	}
	pages = 2
	if _, err = backfill.Run(t.Context(), job, backfill.Request{Cursor: "2"}, time.Now); fault.Of(err).Code != "JOB_INTERRUPTED" {
		t.Errorf("Run that fails at once = %v, want JOB_INTERRUPTED", err)
	}
}

// TestOnlyTheFirstTroublesAreTold bounds the answer.
func TestOnlyTheFirstTroublesAreTold(t *testing.T) {
	t.Parallel()
	job := jobFunc(func(context.Context, string, bool) (backfill.Page, error) {
		return backfill.Page{Done: true, Outcomes: slices.Repeat([]backfill.Outcome{{ID: "1", What: "unpaid_tier", Trouble: true}}, 250)}, nil
	})
	r, err := backfill.Run(t.Context(), job, backfill.Request{}, time.Now)
	if err != nil || r.Tally["unpaid_tier"] != 250 || len(r.Troubles) != 100 {
		t.Errorf("Run = %v with %d troubles, %v, want all counted and 100 told", r.Tally, len(r.Troubles), err)
	}
}

// TestCursorsOfOtherMakes are refused rather than guessed at.
func TestCursorsOfOtherMakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newOutside(t))
	for job, cursor := range map[string]string{"users": "abc", "profiles": "not-a-token"} {
		if r, err := backfill.Run(t.Context(), w.job(job), backfill.Request{Job: job, Cursor: cursor}, time.Now); !errors.Is(err, backfill.ErrCursor) {
			t.Errorf("%s from %q = %+v, %v, want ErrCursor", job, cursor, r, err)
		}
	}
}

// TestAnEditedProfileIsNotTouched syncs a user who has changed the profile.
func TestAnEditedProfileIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newOutside(t))
	w.enrol(t, 3)
	sub := w.pool.Users()[0].Sub
	edited := map[string]types.AttributeValue{
		"cognito_sub": &types.AttributeValueMemberS{Value: sub}, "name": &types.AttributeValueMemberS{Value: "Edited"}, "version": &types.AttributeValueMemberN{Value: "7"},
	}
	if _, err := w.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.db.Table("profiles")), Item: edited}); err != nil {
		t.Fatal(err)
	}
	before := w.table(t, "profiles", "cognito_sub")[sub]
	dry, err := backfill.Run(t.Context(), w.job("profiles"), backfill.Request{Job: "profiles", DryRun: true}, time.Now)
	if want := map[string]int{"created": 2, "there": 1}; err != nil || !maps.Equal(dry.Tally, want) {
		t.Errorf("dry run = %v, %v, want %v", dry.Tally, err, want)
	}
	if n := len(w.table(t, "profiles", "cognito_sub")); n != 1 {
		t.Errorf("the dry run left %d rows, want the one that was there", n)
	}
	run(t, w.job("profiles"), "profiles")
	rows := w.table(t, "profiles", "cognito_sub")
	if len(rows) != 3 || rows[sub] != before {
		t.Errorf("%d rows; the edited one is %s, want %s", len(rows), rows[sub], before)
	}
}

// TestAPageIsWorkedOnAbreast counts how many users are worked on at once.
func TestAPageIsWorkedOnAbreast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newOutside(t))
	w.populate(64)
	slow := &counting{Rows: w.legacy()}
	if _, err := (backfill.Snapshot{Supabase: w.client(), Rows: slow}).Page(t.Context(), "", false); err != nil {
		t.Fatal(err)
	}
	if slow.most < 2 || slow.most > 16 {
		t.Errorf("%d users at once, want several, and no more than 16", slow.most)
	}
}

type counting struct {
	migration.Rows
	mu        sync.Mutex
	now, most int
}

func (c *counting) Remember(ctx context.Context, email string, l migration.Legacy) (bool, error) {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.now--
		c.mu.Unlock()
	}()
	return c.Rows.Remember(ctx, email, l)
}
