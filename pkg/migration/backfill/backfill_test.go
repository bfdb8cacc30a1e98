package backfill_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/backfill"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/migration/supabasetest"
	"callanalyst/pkg/profile"
)

// begun is when everybody signed up, the same in every world.
func begun() time.Time { return time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC) }

// outside is all that the jobs read. Worlds share it, so that their tables can
// be compared.
type outside struct {
	old    *supabasetest.Server
	stripe *stripetest.Server
	pool   *cognitotest.Server
	url    string // of the old system
	users  string // of the pool
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	pool, err := cognitotest.New(cognitotest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	o := &outside{old: supabasetest.New(supabasetest.Config{Now: begun, MaxRows: 500}), stripe: stripetest.New(stripetest.Config{}), pool: pool}
	a, b := httptest.NewServer(o.old), httptest.NewServer(pool)
	t.Cleanup(func() {
		a.Close()
		b.Close()
		pool.Close()
	})
	o.url, o.users = a.URL, b.URL
	return o
}

// world is one set of tables.
type world struct {
	*outside
	db *dynamotest.DB
	p  *boot.Process
}

func newWorld(t *testing.T, o *outside) *world {
	t.Helper()
	w := &world{outside: o, db: dynamotest.New(t)}
	env := map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": w.db.URL, "TABLE_ENTITLEMENTS": w.db.Table("entitlements"),
	}
	w.p = boot.NewProcess("test", func(name string) (string, bool) { v, ok := env[name]; return v, ok }, t.Output())
	return w
}

func (w *world) legacy() migration.Rows {
	return migration.Rows{DB: w.db, Table: w.db.Table("legacy_users"), Now: begun}
}

func (w *world) client() *supabase.Client {
	return &supabase.Client{HTTP: w.p.HTTP, Base: w.url, Secret: func(ctx context.Context, call func(context.Context, supabase.Secret) error) error {
		return call(ctx, supabase.Secret{PublishableKey: "p", SecretKey: "s"})
	}}
}

// unlimited is a rate limit that never holds anybody up.
type unlimited struct{}

func (unlimited) Wait(ctx context.Context) error { return ctx.Err() }

// job returns the job, over this world's tables.
func (w *world) job(name string) backfill.Job {
	switch name {
	case "users":
		return backfill.Snapshot{Supabase: w.client(), Rows: w.legacy()}
	case "plans":
		stripe := billing.NewStripe("", w.stripe.Client(), billing.FixedKey(stripetest.TestKey))
		return backfill.Plans{Supabase: w.client(), Rows: w.legacy(), Stripe: stripe, Give: claim.OpenHandover(w.p, w.db.Client, stripe), Limit: unlimited{}, Now: time.Now}
	}
	users := cognito.New(cognito.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(w.users), RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	return backfill.Sync{Cognito: users, PoolID: cognitotest.DefaultPoolID, Rows: backfill.Profiles{Rows: profile.Rows{
		DB: w.db, Profiles: w.db.Table("profiles"), Entitlements: w.db.Table("entitlements"), Now: begun,
	}}}
}

// table returns all rows of a table as JSON, by key.
func (w *world) table(t *testing.T, name, key string) map[string]string {
	t.Helper()
	rows := map[string]string{}
	in := &dynamodb.ScanInput{TableName: aws.String(w.db.Table(name)), ConsistentRead: aws.Bool(true)}
	for {
		out, err := w.db.Scan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Items {
			id, _ := it[key].(*types.AttributeValueMemberS)
			delete(it, "updated_at") // of an entitlement: when it was written
			b, err := json.Marshal(it)
			if err != nil {
				t.Fatal(err)
			}
			rows[id.Value] = string(b)
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return rows
		}
	}
}

// payers is how many of n users pay: every tenth, but no more than the pretended
// Stripe is quick with.
func payers(n int) int { return min((n+9)/10, 1000) }

// populate makes n users of the old system: some paid, every seventh came by
// Google, every thirteenth never confirmed.
func (o *outside) populate(n int) {
	for i := range n {
		id := fmt.Sprintf("%08x-0000-4000-8000-%012d", uint32(i)*2654435761, i) // in no order
		u := supabasetest.User{ID: id, Email: fmt.Sprintf("user%d@example.com", i), Password: "pw", Confirmed: begun(), Name: fmt.Sprint("User ", i), Created: begun().Add(time.Duration(i) * time.Second)}
		p := supabasetest.Profile{ID: id, Email: u.Email, Tier: "free"}
		switch {
		case i%10 == 0 && i/10 < payers(n):
			p.Tier, p.CustomerID = "pro", o.stripe.AddCustomer(u.Email, nil)
			o.stripe.Subscribe(p.CustomerID, "pro_monthly", stripetest.Good, 0)
		case i%7 == 0:
			u.Password = ""
		case i%13 == 0:
			u.Confirmed = time.Time{}
		}
		o.old.AddUser(u)
		o.old.AddProfile(p)
	}
}

// enrol makes n users of the pool.
func (o *outside) enrol(t *testing.T, n int) {
	t.Helper()
	now, err := o.pool.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(now, &doc); err != nil {
		t.Fatal(err)
	}
	users := make([]any, n)
	for i := range users {
		id, status := fmt.Sprintf("%08x-1111-4000-8000-%012d", uint32(i)*2654435761, i), "CONFIRMED"
		if i%50 == 7 {
			status = "UNCONFIRMED"
		}
		users[i] = map[string]any{"username": id, "sub": id, "status": status, "attributes": map[string]string{
			"email": fmt.Sprintf("member%d@example.com", i), "email_verified": "true", "name": fmt.Sprint("Member ", i),
		}}
	}
	doc["users"] = users
	next, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.pool.Restore(next); err != nil {
		t.Fatal(err)
	}
}

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

// run runs a job to its end, as an operator who tries again after each death.
func run(t *testing.T, job backfill.Job, name string) (deaths int, tally map[string]int) {
	t.Helper()
	cursor, tally := "", map[string]int{}
	for {
		r, err := backfill.Run(t.Context(), job, backfill.Request{Job: name, Cursor: cursor, Seconds: 5}, time.Now)
		if err != nil || r.Interrupted != "" {
			deaths++
		}
		if deaths > 1000 {
			t.Fatalf("%s does not get on: %v", name, err)
		}
		if err != nil {
			continue
		}
		cursor = r.Cursor
		for what, n := range r.Tally {
			tally[what] += n
		}
		if r.Done {
			return deaths, tally
		}
	}
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

// TestPlans is the table of what the old system may say of payments.
func TestPlans(t *testing.T) {
	t.Parallel()
	const id, email = "1", "legacy@example.com"
	tests := []struct {
		name    string
		profile func(o *outside) supabasetest.Profile
		before  func(t *testing.T, w *world, customer string)
		want    string
		trouble bool
		waits   bool             // the customer is kept for the first sign-in
		tier    entitlement.Tier // of the user who has come over
	}{
		{name: "a free user", profile: func(*outside) supabasetest.Profile { return supabasetest.Profile{Tier: "free"} }, want: "free"},
		{name: "one who pays", want: "waiting", waits: true},
		{name: "one who pays and has come over", before: come, want: "applied", waits: true, tier: entitlement.Pro},
		{name: "a profile with an address that has changed", profile: func(o *outside) supabasetest.Profile {
			return supabasetest.Profile{Email: "old@example.com", Tier: "pro", CustomerID: o.paying("pro_monthly")}
		}, want: "waiting", waits: true},
		{name: "a profile without an address", profile: func(o *outside) supabasetest.Profile {
			return supabasetest.Profile{Email: "-", Tier: "pro", CustomerID: o.paying("pro_monthly")}
		}, want: "waiting", waits: true},
		{name: "a profile with somebody else's address", profile: func(o *outside) supabasetest.Profile {
			return supabasetest.Profile{Email: "eve@example.com", Tier: "pro", CustomerID: o.paying("pro_monthly")}
		}, before: func(t *testing.T, w *world, _ string) {
			if _, err := w.legacy().Remember(t.Context(), "eve@example.com", migration.Legacy{ID: "2", Confirmed: true}); err != nil {
				t.Fatal(err)
			}
		}, want: "waiting", waits: true},
		{name: "a paid tier without a customer", profile: func(*outside) supabasetest.Profile { return supabasetest.Profile{Tier: "pro"} }, want: "unpaid_tier", trouble: true},
		{name: "a customer whom Stripe does not know", profile: func(*outside) supabasetest.Profile {
			return supabasetest.Profile{Tier: "pro", CustomerID: "cus_nobody"}
		}, want: "unknown_customer", trouble: true},
		{name: "one whose subscription is over", profile: func(o *outside) supabasetest.Profile {
			return supabasetest.Profile{Tier: "pro", CustomerID: o.stripe.AddCustomer(email, nil)}
		}, want: "ended", waits: true},
		{name: "a free tier in the old table, and Stripe knows better", profile: func(o *outside) supabasetest.Profile {
			return supabasetest.Profile{Tier: "free", CustomerID: o.paying("team_monthly")}
		}, before: come, want: "applied", waits: true, tier: entitlement.Team},
		{name: "one who has another customer by now", before: func(t *testing.T, w *world, _ string) {
			come(t, w, "")
			stripe := billing.NewStripe("", w.stripe.Client(), billing.FixedKey(stripetest.TestKey))
			if _, _, err := claim.OpenHandover(w.p, w.db.Client, stripe).Run(t.Context(), "u-1", w.paying("team_monthly")); err != nil {
				t.Fatal(err)
			}
		}, want: "other_customer", trouble: true, waits: true, tier: entitlement.Team},
		{name: "a customer who is another user's", before: func(t *testing.T, w *world, customer string) {
			come(t, w, "")
			if ok, err := (billing.Customers{Stripe: billing.NewStripe("", w.stripe.Client(), billing.FixedKey(stripetest.TestKey))}).Adopt(t.Context(), customer, "u-0"); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}, want: "customer_refused", trouble: true, waits: true},
		{name: "one who is not in the snapshot", before: func(t *testing.T, w *world, _ string) {
			if _, err := w.db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
				TableName: aws.String(w.db.Table("legacy_users")), Key: map[string]types.AttributeValue{"email_hash": &types.AttributeValueMemberS{Value: migration.Hash(email)}},
			}); err != nil {
				t.Fatal(err)
			}
		}, want: "no_legacy_user", trouble: true},
		{name: "one whom the old system has deleted", profile: func(o *outside) supabasetest.Profile {
			return supabasetest.Profile{Email: "gone@example.com", Tier: "pro", CustomerID: o.paying("pro_monthly")}
		}, before: func(_ *testing.T, w *world, _ string) { w.old.RemoveUser(email) }, want: "deleted_in_legacy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, newOutside(t))
			w.old.AddUser(supabasetest.User{ID: id, Email: email, Password: "pw", Confirmed: begun()})
			run(t, w.job("users"), "users")
			p := supabasetest.Profile{Tier: "pro", CustomerID: ""}
			if tt.profile != nil {
				p = tt.profile(w.outside)
			} else {
				p.CustomerID = w.paying("pro_monthly")
			}
			p.ID = id
			switch p.Email {
			case "":
				p.Email = email
			case "-":
				p.Email = ""
			}
			w.old.AddProfile(p)
			if tt.before != nil {
				tt.before(t, w, p.CustomerID)
			}
			rows := w.table(t, "legacy_users", "email_hash")
			r, err := backfill.Run(t.Context(), w.job("plans"), backfill.Request{Job: "plans", DryRun: true}, time.Now)
			if err != nil || !r.Done {
				t.Fatalf("dry run = %+v, %v", r, err)
			}
			if d := cmp.Diff(rows, w.table(t, "legacy_users", "email_hash")); d != "" {
				t.Errorf("the dry run wrote:\n%s", d)
			}
			for range 2 { // once more changes nothing
				r, err = backfill.Run(t.Context(), w.job("plans"), backfill.Request{Job: "plans"}, time.Now)
				if want := map[string]int{tt.want: 1}; err != nil || !r.Done || !maps.Equal(r.Tally, want) || (len(r.Troubles) > 0) != tt.trouble {
					t.Errorf("run = %+v, %v, want %v, trouble %t", r, err, want, tt.trouble)
				}
			}
			l, err := w.legacy().Get(t.Context(), email)
			if kept := l.CustomerID != ""; err != nil || kept != tt.waits {
				t.Errorf("legacy row = %+v, %v: customer kept %t, want %t", l, err, kept, tt.waits)
			}
			row, err := (entitlement.Rows{DB: w.db, Table: w.db.Table("entitlements")}).Get(t.Context(), "u-1")
			if want := tt.tier; err != nil || row.Tier != cmpOr(want) {
				t.Errorf("entitlement of u-1 = %+v, %v, want %q", row, err, want)
			}
		})
	}
}

func cmpOr(tier entitlement.Tier) entitlement.Tier {
	if tier == "" {
		return entitlement.Free
	}
	return tier
}

// come lets the user come over before the job runs.
func come(t *testing.T, w *world, _ string) {
	t.Helper()
	if _, ok, err := w.legacy().Claim(t.Context(), "legacy@example.com", "u-1"); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

// paying makes a customer who pays for the plan.
func (o *outside) paying(lookupKey string) string {
	id := o.stripe.AddCustomer("legacy@example.com", nil)
	o.stripe.Subscribe(id, lookupKey, stripetest.Good, 0)
	return id
}

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
