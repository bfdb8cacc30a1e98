package billing_test

import (
	"context"
	"net/http"
	"sync"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
)

// rows is a table of links in memory that honours the conditions.
type rows struct {
	mu     sync.Mutex
	links  map[string]billing.Link
	putErr error
}

func (r *rows) Get(_ context.Context, sub string) (billing.Link, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.links[sub], nil
}

func (r *rows) Put(_ context.Context, sub, id string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.links[sub]
	if l.CustomerID == "" && r.putErr == nil {
		l.CustomerID = id
		r.links[sub] = l
	}
	return l.CustomerID, r.putErr
}

func (r *rows) Retire(_ context.Context, sub, id string) (billing.Link, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.links[sub]; l.CustomerID == id {
		r.links[sub] = billing.Link{Generation: l.Generation + 1}
	}
	return r.links[sub], nil
}

// world is one account, one table and the linker between them.
type world struct {
	account *stripetest.Server
	rows    *rows
	linker  *billing.Linker
	clock   time.Time
}

func newWorld() *world {
	w := &world{rows: &rows{links: map[string]billing.Link{}}, clock: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	w.account = stripetest.New(stripetest.Config{Now: func() time.Time { return w.clock }})
	w.linker = w.with(stripetest.TestKey)
	return w
}

func (w *world) with(key string) *billing.Linker {
	api := billing.NewStripe("", w.account.Client(), billing.FixedKey(key))
	return &billing.Linker{Customers: billing.Customers{Stripe: api}, Links: w.rows}
}

func mine() map[string]string { return map[string]string{"cognito_sub": sub} }

func (w *world) creates() int {
	n := 0
	for _, r := range w.account.Requests() {
		if r.Method == http.MethodPost && r.Path == "/v1/customers" {
			n++
		}
	}
	return n
}
