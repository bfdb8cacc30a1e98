package entitlement_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"callanalyst/pkg/boot/rapidtest"
	"callanalyst/pkg/entitlement"
)

var (
	now   = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	day   = 24 * time.Hour
	month = 30 * day
)

// sub returns a pro subscription in the given state that renews in ten days.
func sub(status entitlement.Status, change ...func(*entitlement.Subscription)) entitlement.Subscription {
	s := entitlement.Subscription{
		ID: "sub_1", Status: status, Tier: entitlement.Pro,
		Created: now.Add(-50 * day), CurrentPeriodEnd: now.Add(10 * day),
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func TestReduceOneSubscription(t *testing.T) {
	t.Parallel()
	renews := now.Add(10 * day)
	tests := []struct {
		name string
		sub  entitlement.Subscription
		want entitlement.Entitlement
	}{
		{
			name: "active is entitled to the period's end and the slack", sub: sub(entitlement.Active),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Active, CurrentPeriodEnd: renews, EntitledUntil: renews.Add(entitlement.Slack)},
		},
		{
			name: "trialing is entitled", sub: sub(entitlement.Trialing),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Trialing, CurrentPeriodEnd: renews, EntitledUntil: renews.Add(entitlement.Slack)},
		},
		{
			name: "canceled at the period's end stays until then",
			sub:  sub(entitlement.Active, func(s *entitlement.Subscription) { s.CancelAt = renews }),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Active, CurrentPeriodEnd: renews, CancelAt: renews, EntitledUntil: renews.Add(entitlement.Slack)},
		},
		{
			name: "an earlier end is the bound",
			sub:  sub(entitlement.Active, func(s *entitlement.Subscription) { s.CancelAt = now.Add(2 * day) }),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Active, CurrentPeriodEnd: renews, CancelAt: now.Add(2 * day), EntitledUntil: now.Add(2 * day).Add(entitlement.Slack)},
		},
		{
			name: "an end after the period is no bound",
			sub:  sub(entitlement.Active, func(s *entitlement.Subscription) { s.CancelAt = now.Add(month) }),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Active, CurrentPeriodEnd: renews, CancelAt: now.Add(month), EntitledUntil: renews.Add(entitlement.Slack)},
		},
		{
			name: "active just after its period, while the renewal is on its way",
			sub:  sub(entitlement.Active, func(s *entitlement.Subscription) { s.CurrentPeriodEnd = now.Add(-time.Minute) }),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.Active, CurrentPeriodEnd: now.Add(-time.Minute), EntitledUntil: now.Add(entitlement.Slack)},
		},
		{
			name: "past due keeps the tier in its grace",
			sub:  sub(entitlement.PastDue, func(s *entitlement.Subscription) { s.UnpaidSince = now.Add(-2 * day) }),
			want: entitlement.Entitlement{Tier: entitlement.Pro, Status: entitlement.PastDue, CurrentPeriodEnd: renews, GraceUntil: now.Add(5 * day), EntitledUntil: now.Add(5 * day)},
		},
		{
			name: "past due loses it at the end of the grace, to the second",
			sub:  sub(entitlement.PastDue, func(s *entitlement.Subscription) { s.UnpaidSince = now.Add(-7 * day) }),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.PastDue, CurrentPeriodEnd: renews, GraceUntil: now},
		},
		{
			name: "past due since nobody knows when has no grace", sub: sub(entitlement.PastDue),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.PastDue, CurrentPeriodEnd: renews},
		},
		{
			name: "unpaid is free", sub: sub(entitlement.Unpaid),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Unpaid, CurrentPeriodEnd: renews},
		},
		{
			name: "canceled is free, whatever its period",
			sub:  sub(entitlement.Canceled, func(s *entitlement.Subscription) { s.CancelAt = renews }),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Canceled},
		},
		{
			name: "incomplete is free", sub: sub(entitlement.Incomplete),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Incomplete, CurrentPeriodEnd: renews},
		},
		{
			name: "incomplete and expired is free", sub: sub(entitlement.IncompleteExpired),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.IncompleteExpired},
		},
		{
			name: "paused is free", sub: sub(entitlement.Paused),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Paused, CurrentPeriodEnd: renews},
		},
		{
			name: "a state that Stripe adds one day is free", sub: sub("frozen"),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: "frozen", CurrentPeriodEnd: renews},
		},
		{
			name: "a disputed payment suspends",
			sub:  sub(entitlement.Active, func(s *entitlement.Subscription) { s.Disputed = true }),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Disputed, CurrentPeriodEnd: renews},
		},
		{
			name: "a dispute over what has ended changes nothing",
			sub:  sub(entitlement.Canceled, func(s *entitlement.Subscription) { s.Disputed = true }),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Canceled},
		},
		{
			name: "a price of no plan buys nothing",
			sub:  sub(entitlement.Active, func(s *entitlement.Subscription) { s.Tier = "" }),
			want: entitlement.Entitlement{Tier: entitlement.Free, Status: entitlement.Active, CurrentPeriodEnd: renews},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.SubscriptionID = "sub_1"
			got := entitlement.Reduce([]entitlement.Subscription{tt.sub}, now)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Reduce(%+v) (-want +got):\n%s", tt.sub, diff)
			}
		})
	}
}

func TestReduceSeveralSubscriptions(t *testing.T) {
	t.Parallel()
	named := func(id string, s entitlement.Subscription) entitlement.Subscription { s.ID = id; return s }
	team := func(s *entitlement.Subscription) { s.Tier = entitlement.Team }
	tests := []struct {
		name   string
		subs   []entitlement.Subscription
		want   string // the deciding subscription
		tier   entitlement.Tier
		status entitlement.Status
	}{
		{name: "none", tier: entitlement.Free, status: entitlement.None},
		{
			name: "a newer canceled one does not hide an active one",
			subs: []entitlement.Subscription{named("new", sub(entitlement.Canceled, func(s *entitlement.Subscription) { s.Created = now })), named("old", sub(entitlement.Active))},
			want: "old", tier: entitlement.Pro, status: entitlement.Active,
		},
		{
			name: "the higher tier wins, though it ends sooner",
			subs: []entitlement.Subscription{named("pro", sub(entitlement.Active)), named("team", sub(entitlement.Active, team, func(s *entitlement.Subscription) { s.CurrentPeriodEnd = now.Add(day) }))},
			want: "team", tier: entitlement.Team, status: entitlement.Active,
		},
		{
			name: "a higher tier without access does not count",
			subs: []entitlement.Subscription{named("pro", sub(entitlement.Trialing)), named("team", sub(entitlement.Unpaid, team))},
			want: "pro", tier: entitlement.Pro, status: entitlement.Trialing,
		},
		{
			name: "a higher tier in its grace counts",
			subs: []entitlement.Subscription{named("pro", sub(entitlement.Active)), named("team", sub(entitlement.PastDue, team, func(s *entitlement.Subscription) { s.UnpaidSince = now.Add(-day) }))},
			want: "team", tier: entitlement.Team, status: entitlement.PastDue,
		},
		{
			name: "of two alike the longer one wins",
			subs: []entitlement.Subscription{named("short", sub(entitlement.Active)), named("long", sub(entitlement.Active, func(s *entitlement.Subscription) { s.CurrentPeriodEnd = now.Add(month) }))},
			want: "long", tier: entitlement.Pro, status: entitlement.Active,
		},
		{
			name: "without access, what can be paid is shown",
			subs: []entitlement.Subscription{named("over", sub(entitlement.Canceled)), named("owed", sub(entitlement.Unpaid)), named("begun", sub(entitlement.Incomplete))},
			want: "owed", tier: entitlement.Free, status: entitlement.Unpaid,
		},
		{
			name: "an active price of no plan is shown, not hidden by an old one",
			subs: []entitlement.Subscription{named("over", sub(entitlement.Canceled)), named("odd", sub(entitlement.Active, func(s *entitlement.Subscription) { s.Tier = "" }))},
			want: "odd", tier: entitlement.Free, status: entitlement.Active,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := entitlement.Reduce(tt.subs, now)
			if got.SubscriptionID != tt.want || got.Tier != tt.tier || got.Status != tt.status {
				t.Errorf("Reduce(%+v) = %+v, want %s %s by %q", tt.subs, got, tt.tier, tt.status, tt.want)
			}
		})
	}
}

var statuses = []entitlement.Status{
	entitlement.Active, entitlement.Trialing, entitlement.PastDue, entitlement.Unpaid, entitlement.Paused,
	entitlement.Incomplete, entitlement.IncompleteExpired, entitlement.Canceled, "frozen",
}

// anySub draws a subscription within three months around now.
func anySub(t *rapid.T) entitlement.Subscription {
	moment := func(label string) time.Time {
		return now.Add(time.Duration(rapid.Int64Range(-45*86400, 45*86400).Draw(t, label)) * time.Second)
	}
	s := entitlement.Subscription{
		ID:      rapid.StringMatching(`sub_[a-e]{2}`).Draw(t, "id"),
		Status:  rapid.SampledFrom(statuses).Draw(t, "status"),
		Tier:    rapid.SampledFrom([]entitlement.Tier{entitlement.Pro, entitlement.Team, ""}).Draw(t, "tier"),
		Created: moment("created"), CurrentPeriodEnd: moment("end"),
		Disputed: rapid.Bool().Draw(t, "disputed"),
	}
	if rapid.Bool().Draw(t, "cancels") {
		s.CancelAt = moment("cancel")
	}
	if s.Status == entitlement.PastDue {
		s.UnpaidSince = moment("unpaid")
	}
	return s
}

func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 100)) }

func TestReduceProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		subs := rapid.SliceOfNDistinct(rapid.Custom(anySub), 0, 4, func(s entitlement.Subscription) string { return s.ID }).Draw(t, "subs")
		got := entitlement.Reduce(subs, now)
		mixed := rapid.Permutation(subs).Draw(t, "mixed")
		if again := entitlement.Reduce(mixed, now); !again.Equal(got) {
			t.Errorf("order matters: %+v, then %+v", got, again)
		}
		paid := got.Tier != entitlement.Free
		if paid != got.EntitledUntil.After(now) || paid == got.EntitledUntil.IsZero() {
			t.Errorf("tier %s until %v at %v", got.Tier, got.EntitledUntil, now)
		}
		if paid && !slices.ContainsFunc(subs, func(s entitlement.Subscription) bool {
			return s.ID == got.SubscriptionID && s.Tier == got.Tier && s.Status.Access() != entitlement.Denied && !s.Disputed
		}) {
			t.Errorf("no subscription gives %+v: %+v", got, subs)
		}
		more := entitlement.Reduce(append(slices.Clone(subs), anySub(t)), now)
		if more.Tier.Rank() < got.Tier.Rank() {
			t.Errorf("one more subscription took %s down to %s", got.Tier, more.Tier)
		}
	})
}

func FuzzReduce(f *testing.F) {
	f.Add("active", "pro", int64(100), int64(0), int64(0), false)
	f.Add("past_due", "team", int64(-100), int64(50), int64(-10), true)
	f.Fuzz(func(t *testing.T, status, tier string, end, cancel, unpaid int64, disputed bool) {
		s := entitlement.Subscription{
			ID: "sub_1", Status: entitlement.Status(status), Tier: entitlement.Tier(tier), Disputed: disputed,
			CurrentPeriodEnd: time.Unix(end, 0), CancelAt: time.Unix(cancel, 0), UnpaidSince: time.Unix(unpaid, 0),
		}
		got := entitlement.Reduce([]entitlement.Subscription{s}, now)
		if got.Tier != entitlement.Free && (got.Tier != s.Tier || s.Status.Access() == entitlement.Denied) {
			t.Errorf("Reduce(%+v) = %+v", s, got)
		}
	})
}
