package entitlement

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Change is an update of one row, in the words of DynamoDB's UpdateItem and
// TransactWriteItems. It names attributes one by one, so that those of other
// packages stay as they are.
type Change struct {
	Key        Item
	Expression string
	Condition  string
	Names      map[string]string
	Values     Item
}

// Project returns the change that makes the row e, provided that the row is
// still at the version of seen and its customer is customerID or nobody's. The
// version grows even if nothing else changes: a projection of older facts that
// is on its way must not land after this one.
func Project(seen Row, customerID string, e Entitlement, now time.Time) Change {
	c := Change{
		Key:       Item{attrSub: str(seen.Sub)},
		Condition: "(attribute_not_exists(#v) OR #v = :seen) AND (attribute_not_exists(#customer) OR #customer = :customer)",
		Names:     map[string]string{"#v": attrVersion, "#customer": attrCustomer},
		Values:    Item{":seen": num(seen.Version), ":next": num(seen.Version + 1), ":customer": str(customerID)},
	}
	if seen.Version > 0 {
		c.Condition = strings.Replace(c.Condition, "attribute_not_exists(#v) OR ", "", 1)
	}
	w := writer{change: &c}
	w.set("#v", ":next")
	w.set("#customer", ":customer")
	if !seen.Equal(e) || seen.CustomerID != customerID || seen.UpdatedAt.IsZero() {
		w.entitlement(e, now)
	}
	c.Expression = w.expression()
	return c
}

// writer collects an update expression.
type writer struct {
	change *Change
	sets   []string
	drops  []string
}

func (w *writer) set(name, value string) { w.sets = append(w.sets, name+" = "+value) }

// put sets an attribute, or removes it when v is nil.
func (w *writer) put(attr string, v types.AttributeValue) {
	name, value := "#"+attr, ":"+attr
	w.change.Names[name] = attr
	if v == nil {
		w.drops = append(w.drops, name)
		return
	}
	w.change.Values[value] = v
	w.set(name, value)
}

func (w *writer) entitlement(e Entitlement, now time.Time) {
	w.put(attrTier, str(string(e.Tier)))
	w.put(attrStatus, str(string(e.Status)))
	w.put(attrAskLimit, num(int64(PlanOf(e.Tier).Limits.AskPerMonth)))
	w.put(attrUpdated, num(now.Unix()))
	w.put(attrStripeSub, orNothing(e.SubscriptionID))
	w.put(attrPeriodEnd, seconds(e.CurrentPeriodEnd))
	w.put(attrCancelAt, seconds(e.CancelAt))
	w.put(attrGrace, seconds(e.GraceUntil))
	w.put(attrUntil, seconds(e.EntitledUntil))
}

func (w *writer) expression() string {
	s := "SET " + strings.Join(w.sets, ", ")
	if len(w.drops) > 0 {
		s += " REMOVE " + strings.Join(w.drops, ", ")
	}
	return s
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func orNothing(s string) types.AttributeValue {
	if s == "" {
		return nil
	}
	return str(s)
}

func seconds(t time.Time) types.AttributeValue {
	if t.IsZero() {
		return nil
	}
	return num(t.Unix())
}
