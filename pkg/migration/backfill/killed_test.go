package backfill_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/migration/backfill"
)

// roster is a pool of n users by the same rules as enrol's, for jobs so large that
// the stand-in, which sorts everybody for each page, would be what is measured.
type roster struct{ n int }

// ListUsers answers a page; its token is the number of the next user.
func (r roster) ListUsers(ctx context.Context, in *cognito.ListUsersInput, _ ...func(*cognito.Options)) (*cognito.ListUsersOutput, error) {
	from, err := strconv.Atoi("0" + aws.ToString(in.PaginationToken))
	if err != nil {
		return nil, err
	}
	var out cognito.ListUsersOutput
	for i := from; i < min(from+int(aws.ToInt32(in.Limit)), r.n); i++ {
		id, status := fmt.Sprintf("%08x-1111-4000-8000-%012d", uint32(i)*2654435761, i), cognitotypes.UserStatusTypeConfirmed
		if i%50 == 7 {
			status = cognitotypes.UserStatusTypeUnconfirmed
		}
		u := cognitotypes.UserType{Username: aws.String(id), UserStatus: status, Enabled: true}
		for name, value := range map[string]string{"sub": id, "email": fmt.Sprintf("member%d@example.com", i), "name": fmt.Sprint("Member ", i)} {
			u.Attributes = append(u.Attributes, cognitotypes.AttributeType{Name: aws.String(name), Value: aws.String(value)})
		}
		out.Users = append(out.Users, u)
	}
	if next := from + len(out.Users); next < r.n {
		out.PaginationToken = aws.String(strconv.Itoa(next))
	}
	return &out, ctx.Err()
}

// size is how many users the test of killed jobs moves: enough for several pages
// on every run, and many on the full one. MIGRATION_USERS=100000 takes minutes.
func size() int {
	if n, err := strconv.Atoi(os.Getenv("MIGRATION_USERS")); err == nil {
		return n
	}
	if os.Getenv("REQUIRE_ENGINES") == "1" {
		return 10_000
	}
	return 2_500
}

// killer is a job that dies at random, in the midst of a page.
type killer struct {
	backfill.Job
	random *rand.Rand
	within time.Duration
}

func (k killer) Page(ctx context.Context, cursor string, dry bool) (backfill.Page, error) {
	ctx, kill := context.WithCancel(ctx)
	defer kill()
	if k.random.IntN(3) == 0 {
		timer := time.AfterFunc(time.Duration(k.random.Int64N(int64(k.within))), kill)
		defer timer.Stop()
	}
	return k.Job.Page(ctx, cursor, dry)
}

// TestKilledJobsEndLikeOthers runs every job twice: through, and killed at random
// points.
func TestKilledJobsEndLikeOthers(t *testing.T) {
	t.Parallel()
	n, o := size(), newOutside(t)
	o.populate(n)
	jobOf := func(w *world, name string) backfill.Job {
		job := w.job(name)
		if sync, ok := job.(backfill.Sync); ok && n > 5000 {
			sync.Cognito = roster{n}
			return sync
		}
		return job
	}
	if n <= 5000 {
		o.enrol(t, n)
	}
	through, killed := newWorld(t, o), newWorld(t, o)
	random := rand.New(rand.NewPCG(1, uint64(n)))
	want := map[string]map[string]int{
		"users": {"created": n}, "profiles": {"created": n - (n+42)/50, "skipped_unconfirmed": (n + 42) / 50},
		"plans": {"waiting": payers(n), "free": n - payers(n)},
	}
	for _, name := range []string{"users", "plans", "profiles"} {
		began := time.Now()
		if _, tally := run(t, jobOf(through, name), name); !maps.Equal(tally, want[name]) {
			t.Errorf("%s through: tally %v, want %v", name, tally, want[name])
		}
		took := time.Since(began)
		deaths := 0
		for deaths < 3 { // the second round finds everything done, and changes nothing
			d, _ := run(t, killer{Job: jobOf(killed, name), random: random, within: max(5*time.Millisecond, took/time.Duration(n/60+1))}, name)
			deaths += d
		}
		t.Logf("%s: %d users in %s; killed %d times", name, n, took.Round(time.Millisecond), deaths)
	}
	for table, key := range map[string]string{"legacy_users": "email_hash", "profiles": "cognito_sub", "entitlements": "cognito_sub"} {
		a, b := through.table(t, table, key), killed.table(t, table, key)
		if d := cmp.Diff(a, b); d != "" {
			t.Errorf("%s: through -, killed +:\n%.2000s", table, d)
		}
		if table != "entitlements" && len(a) == 0 {
			t.Errorf("%s is empty", table)
		}
	}
}
