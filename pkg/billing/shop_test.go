package billing_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
)

const (
	whsec    = "whsec_test_0123456789"
	whsecOld = "whsec_test_before_the_roll"
)

// clock is a wall clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// terms accepts one version of the terms.
type terms string

func (g terms) Check(accepted string) error {
	if accepted != string(g) {
		return errTerms
	}
	return nil
}

// emails knows everybody's e-mail.
type emails struct{}

func (emails) Email(_ context.Context, who billing.Person) (string, error) {
	return who.Username + "@example.com", nil
}

// unlimited is a rate limit that never waits.
type unlimited struct{}

func (unlimited) Wait(ctx context.Context) error { return ctx.Err() }

// shop is the whole domain over one pretend account and one real table engine.
type shop struct {
	*clock
	account    *stripetest.Server
	db         *dynamotest.DB
	api        *billing.Stripe
	rows       entitlement.Rows
	ledger     billing.Ledger
	linker     *billing.Linker
	projector  *billing.Projector
	receiver   *billing.Receiver
	checkout   *billing.Checkout
	visit      *billing.Visit
	portal     *billing.Portal
	reconciler *billing.Reconciler
	log        *lockedBuffer
	dispute    string // an open dispute, where a test has made one
}

// lockedBuffer collects log lines from several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{clock: &clock{at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}, db: dynamotest.New(t), log: &lockedBuffer{}}
	s.account = stripetest.New(stripetest.Config{Now: s.Now, HTTP: &http.Client{Transport: door{s}}})
	s.account.SetEndpoints(stripetest.Endpoint{URL: "http://fleet.test/webhooks/stripe", Secrets: []string{whsec}})
	s.wire(s.account.Client())
	return s
}

// wire makes the parts, calling Stripe through c.
func (s *shop) wire(c *http.Client) {
	table := s.db.Table("entitlements")
	log := slog.New(slog.NewJSONHandler(s.log, nil))
	s.api = billing.NewStripe("", c, billing.FixedKey(stripetest.TestKey))
	s.rows = entitlement.Rows{DB: s.db, Table: table}
	s.ledger = billing.Ledger{DB: s.db, Events: s.db.Table("stripe_events"), Entitlements: table, Now: s.Now}
	s.linker = &billing.Linker{Customers: billing.Customers{Stripe: s.api}, Links: billing.Links{DB: s.db, Table: table, Now: s.Now}}
	s.projector = &billing.Projector{
		Stripe: s.api, Rows: s.rows, Owners: billing.Owners{DB: s.db, Table: table, Stripe: s.api}, Ledger: s.ledger, Now: s.Now,
	}
	s.receiver = &billing.Receiver{
		Signatures: &billing.Signatures{Secrets: billing.FixedWebhooks(whsec, whsecOld), Now: s.Now},
		Live:       billing.Live(billing.FixedKey(stripetest.TestKey)),
		Ledger:     s.ledger, Policy: billing.Policy{Stripe: s.api}, Rows: s.rows, Projector: s.projector, Log: log, Now: s.Now,
	}
	patrons := &billing.Patrons{Linker: s.linker, Emails: emails{}}
	pages := billing.PagesOf("https://callanalyst.app")
	s.checkout = &billing.Checkout{
		Rows: s.rows, Terms: terms("2026-06-01"), Customers: patrons, Prices: &billing.Prices{Stripe: s.api, Now: s.Now},
		Intents: billing.Intents{DB: s.db, Table: table, Now: s.Now, Rand: rand.Reader}, Stripe: s.api, Pages: pages, Now: s.Now,
	}
	s.visit = &billing.Visit{Rows: s.rows, Terms: terms("2026-06-01"), Stripe: s.api, Projector: s.projector, Now: s.Now}
	s.portal = &billing.Portal{Rows: s.rows, Terms: terms("2026-06-01"), Customers: patrons, Stripe: s.api, Pages: pages}
	s.reconciler = &billing.Reconciler{
		Stripe: s.api, Census: billing.Census{DB: s.db, Table: table},
		Cursors:  billing.Cursors{DB: s.db, Table: s.db.Table("stripe_events"), Now: s.Now},
		Receiver: s.receiver, Projector: s.projector, Limit: unlimited{}, Log: log, Now: s.Now,
	}
}

// door is the way of Stripe's webhooks into the receiver, status for status as
// the endpoint answers.
type door struct{ s *shop }

func (d door) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if _, err := d.s.receiver.Receive(r.Context(), r.Header.Get("Stripe-Signature"), body); err != nil {
		status = http.StatusServiceUnavailable
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

var ann = billing.Person{Sub: sub, Username: "ann"}

// accept makes the user one who has accepted the terms.
func (s *shop) accept(t testing.TB, who billing.Person) {
	t.Helper()
	_, err := s.db.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(s.db.Table("entitlements")), Key: entitlement.Item{"cognito_sub": str(who.Sub)},
		UpdateExpression:          aws.String("SET tos_version = :v"),
		ExpressionAttributeValues: entitlement.Item{":v": str("2026-06-01")},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shop) row(t testing.TB, who billing.Person) entitlement.Row {
	t.Helper()
	r, err := s.rows.Get(t.Context(), who.Sub)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// customer links the user and returns the customer.
func (s *shop) customer(t testing.TB, who billing.Person) string {
	t.Helper()
	id, err := s.linker.Link(t.Context(), billing.User{Sub: who.Sub, Email: who.Username + "@example.com", Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// deliver sends webhooks until nothing is due.
func (s *shop) deliver(t testing.TB) {
	t.Helper()
	for range 100 {
		if s.account.Deliver(t.Context()) == 0 {
			return
		}
	}
	t.Fatal("deliveries never end")
}

// advance moves Stripe's clock and delivers what came of it.
func (s *shop) advance(t testing.TB, d time.Duration) {
	t.Helper()
	s.account.Advance(d)
	s.deliver(t)
}

// holds fails the test unless the row says so at Stripe's time.
func (s *shop) holds(t testing.TB, when string, tier entitlement.Tier, status entitlement.Status) {
	t.Helper()
	r := s.row(t, ann)
	if got := r.Holds(s.account.Now()); got != tier || r.Status != status {
		t.Errorf("%s: %s %s, want %s %s (row %+v)", when, got, r.Status, tier, status, r.Entitlement)
	}
}

func str(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func num(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }

// event returns a ledger entry.
func (s *shop) event(t testing.TB, id string) entitlement.Item {
	t.Helper()
	out, err := s.db.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(s.db.Table("stripe_events")), Key: entitlement.Item{"event_id": str(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// clear removes ledger entries.
func (s *shop) clear(t testing.TB, events ...string) {
	t.Helper()
	for _, id := range events {
		_, err := s.db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(s.db.Table("stripe_events")), Key: entitlement.Item{"event_id": str(id)}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// webhook signs the newest event of a type as Stripe would now.
func (s *shop) webhook(t testing.TB, kind string) (header string, body []byte) {
	t.Helper()
	events := s.account.Events()
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Type == kind {
			return stripetest.Sign(events[i].Body, s.Now(), whsec), events[i].Body
		}
	}
	t.Fatalf("no event %s among %d", kind, len(events))
	return "", nil
}

// count counts the API calls that begin with METHOD /path.
func (s *shop) count(match string) int {
	n := 0
	for _, r := range s.account.Requests() {
		if strings.HasPrefix(r.Method+" "+r.Path, match) {
			n++
		}
	}
	return n
}
