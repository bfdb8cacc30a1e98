// Package entitlement is what users may do: their tier, whether it holds right
// now, and how much of the month's quota is left. Everything follows from one
// row per user in the table entitlements, the row that every request reads.
//
// The row is a projection: Reduce computes it from Stripe's subscriptions and
// nothing else, so it can be rebuilt at any time. This package knows nothing of
// Stripe's API; pkg/billing feeds it.
package entitlement

import (
	"slices"
	"time"
)

// Tier is what a user has paid for. The zero value and any unknown tier are
// treated as Free, the safe default.
type Tier string

// The tiers, from the least to the most.
const (
	Free Tier = "free"
	Pro  Tier = "pro"
	Team Tier = "team"
)

// Limits are what a plan includes per calendar month (UTC), and at once.
type Limits struct {
	AskPerMonth      int `json:"ask_per_month"`
	BotHoursPerMonth int `json:"bot_hours_per_month"`
	ConcurrentBots   int `json:"concurrent_bots"`
}

// Plan is one thing that can be bought, or the free one.
type Plan struct {
	Tier      Tier
	Name      string
	LookupKey string   // of the current price in Stripe; "" for the free plan
	OldPrices []string // ids of former prices that subscribers still pay
	TrialDays int      // for a user's first subscription; 0 for none
	Limits    Limits
}

// Plans returns every plan, from the least to the most. This is the one place
// where plans are defined. The slice is the caller's own.
func Plans() []Plan {
	return []Plan{
		{Tier: Free, Name: "Free", Limits: Limits{AskPerMonth: 20, BotHoursPerMonth: 1, ConcurrentBots: 1}},
		{Tier: Pro, Name: "Pro", LookupKey: "pro_monthly", Limits: Limits{AskPerMonth: 1000, BotHoursPerMonth: 40, ConcurrentBots: 3}},
		{Tier: Team, Name: "Team", LookupKey: "team_monthly", Limits: Limits{AskPerMonth: 5000, BotHoursPerMonth: 200, ConcurrentBots: 10}},
	}
}

// PlanOf returns the tier's plan, the free one for a tier that there is not.
func PlanOf(t Tier) Plan {
	plans := Plans()
	i := slices.IndexFunc(plans, func(p Plan) bool { return p.Tier == t })
	return plans[max(i, 0)]
}

// Rank orders tiers: 0 is Free, and a higher rank includes every lower one.
func (t Tier) Rank() int {
	return max(slices.IndexFunc(Plans(), func(p Plan) bool { return p.Tier == t }), 0)
}

// Price is what identifies a price in Stripe.
type Price struct {
	ID        string
	LookupKey string // empty once the key was moved to a newer price
	Tier      Tier   // from the price's metadata, where finance may write it
}

// PlanFor returns the plan that a price buys: by its lookup key, else by its
// metadata, else by the list of former prices. It reports false for a price that
// belongs to no plan; nobody may get a tier from it.
func PlanFor(p Price) (Plan, bool) {
	for _, matches := range []func(Plan) bool{
		func(x Plan) bool { return p.LookupKey != "" && x.LookupKey == p.LookupKey },
		func(x Plan) bool { return p.Tier != "" && x.Tier == p.Tier && x.LookupKey != "" },
		func(x Plan) bool { return slices.Contains(x.OldPrices, p.ID) },
	} {
		plans := Plans()
		if i := slices.IndexFunc(plans, matches); i >= 0 {
			return plans[i], true
		}
	}
	return Plan{}, false
}

const (
	// Grace is how long a user whose payment failed keeps what was paid for
	// before, counted from the invoice that is still open.
	Grace = 7 * 24 * time.Hour
	// Slack is how long access outlasts a paid period when Stripe is not heard
	// of: a lost webhook fails soft, but not for ever.
	Slack = 72 * time.Hour
)
