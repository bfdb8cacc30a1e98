package entitlement_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"

	"callanalyst/pkg/entitlement"
)

// do applies a change to an item as DynamoDB's SET and REMOVE would.
func do(t *rapid.T, it entitlement.Item, c entitlement.Change) entitlement.Item {
	out := maps.Clone(it)
	maps.Copy(out, c.Key)
	sets, removes, _ := strings.Cut(strings.TrimPrefix(c.Expression, "SET "), " REMOVE ")
	for _, set := range strings.Split(sets, ", ") {
		name, value, ok := strings.Cut(set, " = ")
		if v, there := c.Values[value]; ok && there && c.Names[name] != "" {
			out[c.Names[name]] = v
			continue
		}
		t.Fatalf("the expression %q sets what it does not define: %s", c.Expression, set)
	}
	for _, name := range strings.Split(removes, ", ") {
		if name != "" {
			delete(out, c.Names[name])
		}
	}
	return out
}

// Whatever was written before, what is projected is what is read.
func TestProjectThenReadIsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		item := entitlement.Item{"tos_version": s("2026-06-01"), "ask_used": n("3"), "usage_period": s("2026-11")}
		for round := range rapid.IntRange(1, 4).Draw(t, "rounds") {
			subs := rapid.SliceOfN(rapid.Custom(anySub), 0, 3).Draw(t, "subs")
			want := entitlement.Reduce(subs, now)
			seen := entitlement.RowOf("u1", item)
			change := entitlement.Project(seen, "cus_1", want, now.Add(time.Duration(round)*time.Hour))
			used(t, change)
			item = do(t, item, change)
			got := entitlement.RowOf("u1", item)
			if !got.Equal(want) || got.CustomerID != "cus_1" || got.Version != seen.Version+1 {
				t.Fatalf("wrote %+v, read %+v", want, got)
			}
			if got.TOSVersion != "2026-06-01" || got.Usage.AskUsed != 3 {
				t.Fatalf("others' attributes changed: %+v", got)
			}
			limit, ok := item["ask_limit"].(*types.AttributeValueMemberN)
			if !ok || limit.Value == "0" {
				t.Fatalf("ask_limit = %v", item["ask_limit"])
			}
		}
	})
}

// used fails when the change defines a name or a value that it does not use:
// DynamoDB refuses that.
func used(t *rapid.T, c entitlement.Change) {
	whole := c.Expression + " " + c.Condition + " "
	for name := range c.Names {
		if !strings.Contains(whole, name+" ") && !strings.Contains(whole, name+",") && !strings.Contains(whole, name+")") {
			t.Fatalf("%s is defined and not used in %s", name, whole)
		}
	}
	for value := range c.Values {
		if !strings.Contains(whole, value+" ") && !strings.Contains(whole, value+",") && !strings.Contains(whole, value+")") {
			t.Fatalf("%s is defined and not used in %s", value, whole)
		}
	}
}

func TestAccessOfEveryStatus(t *testing.T) {
	t.Parallel()
	want := map[entitlement.Status]entitlement.Access{
		entitlement.None: entitlement.Denied, entitlement.Active: entitlement.Granted, entitlement.Trialing: entitlement.Granted,
		entitlement.PastDue: entitlement.InGrace, entitlement.Unpaid: entitlement.Denied, entitlement.Paused: entitlement.Denied,
		entitlement.Incomplete: entitlement.Denied, entitlement.IncompleteExpired: entitlement.Denied,
		entitlement.Canceled: entitlement.Denied, entitlement.Disputed: entitlement.Denied, "": entitlement.Denied, "frozen": entitlement.Denied,
	}
	for status, access := range want {
		if got := status.Access(); got != access {
			t.Errorf("Access of %q = %d, want %d", status, got, access)
		}
	}
}

func TestEntitlementsAreEqualWhateverTheZone(t *testing.T) {
	t.Parallel()
	e := entitlement.Reduce([]entitlement.Subscription{sub(entitlement.Active, func(s *entitlement.Subscription) { s.CancelAt = now.Add(day) })}, now)
	same := e
	zone := time.FixedZone("west", -7*3600)
	same.CurrentPeriodEnd, same.EntitledUntil, same.CancelAt = e.CurrentPeriodEnd.In(zone), e.EntitledUntil.In(zone), e.CancelAt.In(zone)
	if !e.Equal(same) {
		t.Errorf("%+v is not equal to itself elsewhere", e)
	}
	for name, change := range map[string]func(*entitlement.Entitlement){
		"tier":         func(x *entitlement.Entitlement) { x.Tier = entitlement.Team },
		"status":       func(x *entitlement.Entitlement) { x.Status = entitlement.PastDue },
		"subscription": func(x *entitlement.Entitlement) { x.SubscriptionID = "sub_2" },
		"period":       func(x *entitlement.Entitlement) { x.CurrentPeriodEnd = now },
		"cancel":       func(x *entitlement.Entitlement) { x.CancelAt = now },
		"grace":        func(x *entitlement.Entitlement) { x.GraceUntil = now },
		"until":        func(x *entitlement.Entitlement) { x.EntitledUntil = now },
	} {
		other := e
		change(&other)
		if e.Equal(other) {
			t.Errorf("another %s counts as equal", name)
		}
	}
}

// FuzzRowOf reads rows that somebody else may have written.
func FuzzRowOf(f *testing.F) {
	f.Add("pro", "active", "4070908800", true)
	f.Add("gold", "", "-1", false)
	f.Add("", "x", "1e300", true)
	f.Fuzz(func(t *testing.T, tier, status, number string, disabled bool) {
		item := entitlement.Item{
			"tier": s(tier), "status": s(status), "entitled_until": n(number), "version": n(number), "ask_used": n(number),
			"disabled": &types.AttributeValueMemberBOOL{Value: disabled},
		}
		row := entitlement.RowOf("u1", item)
		if row.Disabled != disabled || row.Status == "" {
			t.Errorf("RowOf(%v) = %+v", item, row)
		}
		if got := row.Holds(now); got != entitlement.Free && (got != entitlement.Tier(tier) || !row.EntitledUntil.After(now)) {
			t.Errorf("RowOf(%v) holds %s", item, got)
		}
		if v := row.ViewAt(now); v.Usage.Period != "2026-11" || v.NextStep == "" {
			t.Errorf("view of %v = %+v", item, v)
		}
	})
}
