package entitlement_test

import (
	"fmt"
	"time"

	"callanalyst/pkg/entitlement"
)

// A failed renewal keeps its tier for a week, counted from the invoice that is
// still open, whatever else the customer once had.
func ExampleReduce() {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	e := entitlement.Reduce([]entitlement.Subscription{
		{ID: "sub_old", Status: entitlement.Canceled, Tier: entitlement.Team},
		{ID: "sub_new", Status: entitlement.PastDue, Tier: entitlement.Pro, UnpaidSince: now.AddDate(0, 0, -2)},
	}, now)
	fmt.Println(e.Tier, e.Status, "until", e.EntitledUntil.Format(time.DateOnly))
	// Output: pro past_due until 2026-11-26
}

// The hot path asks the row, not Stripe: a tier holds until it runs out.
func ExampleRow_Holds() {
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	row := entitlement.Row{Entitlement: entitlement.Entitlement{Tier: entitlement.Pro, EntitledUntil: end}}
	fmt.Println(row.Holds(end.Add(-time.Second)), row.Holds(end))
	// Output: pro free
}

// A tier comes from a price's lookup key, or from its metadata once the key has
// moved on to a newer price.
func ExamplePlanFor() {
	for _, p := range []entitlement.Price{
		{ID: "price_2027", LookupKey: "pro_monthly"},
		{ID: "price_2026", Tier: entitlement.Pro},
		{ID: "price_of_another_product"},
	} {
		plan, ok := entitlement.PlanFor(p)
		fmt.Printf("%s %q %v\n", p.ID, plan.Tier, ok)
	}
	// Output:
	// price_2027 "pro" true
	// price_2026 "pro" true
	// price_of_another_product "" false
}

// Usage belongs to a month, in UTC. Another month's is none.
func ExampleUsage_At() {
	u := entitlement.Usage{Period: "2026-11", AskUsed: 12}
	fmt.Println(u.At(time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC)).AskUsed)
	fmt.Println(u.At(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)).AskUsed)
	// Output:
	// 12
	// 0
}
