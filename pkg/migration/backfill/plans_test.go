package backfill_test

import (
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/backfill"
	"callanalyst/pkg/migration/claim"
	"callanalyst/pkg/migration/supabasetest"
)

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
