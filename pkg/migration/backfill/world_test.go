package backfill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/dynamotest"
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

// paying makes a customer who pays for the plan.
func (o *outside) paying(lookupKey string) string {
	id := o.stripe.AddCustomer("legacy@example.com", nil)
	o.stripe.Subscribe(id, lookupKey, stripetest.Good, 0)
	return id
}
