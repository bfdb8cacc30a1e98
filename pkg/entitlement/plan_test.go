package entitlement_test

import (
	"testing"

	"callanalyst/pkg/entitlement"
)

func TestPlansAreOrderedAndWhole(t *testing.T) {
	t.Parallel()
	plans := entitlement.Plans()
	if plans[0].Tier != entitlement.Free || plans[0].LookupKey != "" {
		t.Errorf("the first plan is %+v, want the free one", plans[0])
	}
	keys := map[string]bool{}
	for i, p := range plans[1:] {
		before := plans[i].Limits
		if p.Limits.AskPerMonth <= before.AskPerMonth || p.Limits.BotHoursPerMonth <= before.BotHoursPerMonth || p.Limits.ConcurrentBots <= before.ConcurrentBots {
			t.Errorf("%s includes no more than %s: %+v, %+v", p.Tier, plans[i].Tier, p.Limits, before)
		}
		if p.LookupKey == "" || keys[p.LookupKey] {
			t.Errorf("%s has no lookup key of its own: %q", p.Tier, p.LookupKey)
		}
		keys[p.LookupKey] = true
		if p.Tier.Rank() != i+1 {
			t.Errorf("rank of %s = %d, want %d", p.Tier, p.Tier.Rank(), i+1)
		}
	}
}

func TestUnknownTiersAreFree(t *testing.T) {
	t.Parallel()
	for _, tier := range []entitlement.Tier{"", "free", "gold", "PRO"} {
		if got := entitlement.PlanOf(tier).Tier; got != entitlement.Free || tier.Rank() != 0 {
			t.Errorf("PlanOf(%q) = %s with rank %d, want free with 0", tier, got, tier.Rank())
		}
	}
}

func TestPlanFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		price entitlement.Price
		want  entitlement.Tier
		ok    bool
	}{
		{name: "the lookup key", price: entitlement.Price{ID: "price_1", LookupKey: "pro_monthly"}, want: entitlement.Pro, ok: true},
		{name: "the lookup key goes before metadata", price: entitlement.Price{LookupKey: "team_monthly", Tier: entitlement.Pro}, want: entitlement.Team, ok: true},
		{name: "metadata, where the key has moved on", price: entitlement.Price{ID: "price_old", Tier: entitlement.Pro}, want: entitlement.Pro, ok: true},
		{name: "metadata cannot name the free plan", price: entitlement.Price{Tier: entitlement.Free}},
		{name: "an unknown key", price: entitlement.Price{LookupKey: "gold"}},
		{name: "nothing at all", price: entitlement.Price{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := entitlement.PlanFor(tt.price)
			if got.Tier != tt.want || ok != tt.ok {
				t.Errorf("PlanFor(%+v) = %q, %v, want %q, %v", tt.price, got.Tier, ok, tt.want, tt.ok)
			}
		})
	}
}
