package billing_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/dynamotest"
)

func newLinks(t *testing.T) (*dynamotest.DB, billing.Links) {
	t.Helper()
	db := dynamotest.New(t)
	return db, billing.Links{DB: db, Table: db.Table("entitlements"), Now: func() time.Time { return time.Unix(1800000000, 0) }}
}

func TestLinksOnARealEngine(t *testing.T) {
	t.Parallel()
	db, links := newLinks(t)
	steps := []struct {
		name string
		do   func() (any, error)
		want any
	}{
		{name: "no row is no link", do: func() (any, error) { return links.Get(t.Context(), "u") }, want: billing.Link{}},
		{name: "the first customer wins", do: func() (any, error) { return links.Put(t.Context(), "u", "cus_1") }, want: "cus_1"},
		{name: "the second is told who won", do: func() (any, error) { return links.Put(t.Context(), "u", "cus_2") }, want: "cus_1"},
		{name: "retiring another changes nothing", do: func() (any, error) { return links.Retire(t.Context(), "u", "cus_9") }, want: billing.Link{CustomerID: "cus_1"}},
		{name: "retiring the stored one counts", do: func() (any, error) { return links.Retire(t.Context(), "u", "cus_1") }, want: billing.Link{Generation: 1}},
		{name: "retiring it twice counts once", do: func() (any, error) { return links.Retire(t.Context(), "u", "cus_1") }, want: billing.Link{Generation: 1}},
		{name: "the next customer is linked", do: func() (any, error) { return links.Put(t.Context(), "u", "cus_2") }, want: "cus_2"},
		{name: "the row says so", do: func() (any, error) { return links.Get(t.Context(), "u") }, want: billing.Link{CustomerID: "cus_2", Generation: 1}},
	}
	for _, s := range steps {
		got, err := s.do()
		if err != nil || got != s.want {
			t.Fatalf("%s: %v, %v; want %v", s.name, got, err, s.want)
		}
	}
	out, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(db.Table("entitlements")),
		Key:       map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: "u"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := out.Item["version"].(*types.AttributeValueMemberN); !ok || v.Value != "3" {
		t.Errorf("version = %v after three changes, want 3", out.Item["version"])
	}
}

func TestLinkThreeAtOnceOnARealEngine(t *testing.T) {
	t.Parallel()
	_, links := newLinks(t)
	account := stripetest.New(stripetest.Config{})
	account.Inject(stripetest.Fault{Match: "POST /v1/customers", Latency: 20 * time.Millisecond})
	linker := billing.Linker{
		Customers: billing.Customers{Stripe: billing.NewStripe("", account.Client(), billing.FixedKey(stripetest.TestKey))},
		Links:     links,
	}
	ids := make(chan string, 3)
	for range 3 {
		go func() {
			id, err := linker.Link(t.Context(), billing.User{Sub: sub, Email: "ann@example.com", Fresh: true})
			if err != nil {
				t.Errorf("Link: %v", err)
			}
			ids <- id
		}()
	}
	a, b, c := <-ids, <-ids, <-ids
	if a != b || b != c || a == "" {
		t.Errorf("three runs got %q, %q, %q; want one customer", a, b, c)
	}
	if n := len(account.Customers()); n != 1 {
		t.Errorf("%d customers, want 1", n)
	}
}
