package journey_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/migration/supabasetest"
)

// members is how many users of the old system the test moves; MIGRATION_USERS says
// another number.
func members() int {
	if n, err := strconv.Atoi(os.Getenv("MIGRATION_USERS")); err == nil {
		return n
	}
	return 600
}

// populate makes users of the old system; every twentieth pays.
func (l *local) populate(n int) {
	for i := range n {
		id := fmt.Sprintf("%08x-0000-4000-8000-%012d", uint32(i)*2654435761, i) // in no order
		u := supabasetest.User{ID: id, Email: fmt.Sprintf("member%d@example.com", i), Password: "pw", Name: fmt.Sprint("Member ", i)}
		if i%13 != 0 {
			u.Confirmed = time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)
		}
		p := supabasetest.Profile{ID: id, Email: u.Email, Tier: "free"}
		if i%20 == 0 && i < 20_000 {
			p.Tier, p.CustomerID = "pro", l.Stripe.AddCustomer(u.Email, nil)
			l.Stripe.Subscribe(p.CustomerID, "pro_monthly", stripetest.Good, 0)
		}
		l.Supabase.AddUser(u)
		l.Supabase.AddProfile(p)
	}
}

// operator is the operator's program, built once, against one fleet.
type operator struct {
	*local
	program, state string
}

// runs runs the program until it has done the jobs, and kills it after a random
// while, at most within, until it has died so often. It returns what the last run
// showed.
func (o operator) runs(deaths int, within time.Duration, random *rand.Rand) (shown string, died int) {
	o.t.Helper()
	for {
		ctx, kill := context.WithCancel(o.t.Context())
		cmd := exec.CommandContext(ctx, o.program, "-local", "-endpoint", o.URL("aws"), "-state", o.state, "-seconds", "1", "-stripe-per-second", "100", "users", "plans")
		if died < deaths {
			time.AfterFunc(time.Duration(random.Int64N(int64(within))), kill)
		}
		out, err := cmd.CombinedOutput()
		killed := ctx.Err() != nil
		kill()
		var exit *exec.ExitError
		switch {
		case err == nil:
			return string(out), died
		case killed && errors.As(err, &exit):
			died++
		default:
			o.t.Fatalf("the program: %v\n%s", err, out)
		}
	}
}

// legacy returns the table legacy_users by its keys. Each fleet has a Stripe of its
// own, so of a customer it counts that there is one.
func (l *local) legacy() map[string]map[string]string {
	l.t.Helper()
	all := map[string]map[string]string{}
	pages := dynamodb.NewScanPaginator(dynamotest.NewClient(l.URL("aws")), &dynamodb.ScanInput{TableName: aws.String("legacy_users")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		for _, it := range page.Items {
			row := map[string]string{}
			for name, v := range it {
				switch v := v.(type) {
				case *types.AttributeValueMemberS:
					row[name] = v.Value
				case *types.AttributeValueMemberBOOL:
					row[name] = strconv.FormatBool(v.Value)
				}
			}
			if row["stripe_customer_id"] != "" {
				row["stripe_customer_id"] = "one"
			}
			all[row["email_hash"]] = row
			delete(row, "legacy_id") // of the one whom each fleet makes itself
		}
	}
	return all
}

// TestAKilledMigrationEndsLikeAnother moves the same users on two fleets with the
// operator's own program: on one it runs through, on the other it is killed again
// and again and started anew.
func TestAKilledMigrationEndsLikeAnother(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "migrate")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./stacks/migrate")
	build.Dir = dynamotest.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	through := operator{startFleet(t, nil), program, t.TempDir()}
	killed := operator{startFleet(t, nil), program, t.TempDir()}
	n := members()
	through.populate(n)
	killed.populate(n)

	began := time.Now()
	shown, _ := through.runs(0, 0, nil)
	took := time.Since(began)
	if want := "100 %"; !strings.Contains(shown, want) && !strings.Contains(shown, "created") {
		t.Errorf("the program shows neither %q nor what it did:\n%s", want, shown)
	}
	_, deaths := killed.runs(5, max(took/2, 200*time.Millisecond), rand.New(rand.NewPCG(7, uint64(n))))
	want, got := through.legacy(), killed.legacy()
	if len(want) != n+1 { // and the one whom every fleet has
		t.Errorf("%d users came over, want %d", len(want), n+1)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("through -, killed +:\n%.2000s", d)
	}
	t.Logf("%d users and their plans in %s; killed %d times, and ended alike\n%s", n, took.Round(time.Millisecond), deaths, shown)
}
