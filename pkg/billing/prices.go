package billing

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76"

	"callanalyst/pkg/entitlement"
)

// pricesLast is how long a price found by its lookup key is used before Stripe
// is asked again: finance can move a key to a new price without a deploy.
const pricesLast = 5 * time.Minute

// Prices finds the current price of each plan by its lookup key, and remembers
// them for the life of the process. It is safe for concurrent use.
type Prices struct {
	Stripe *Stripe
	Now    func() time.Time

	mu    sync.Mutex
	known map[string]string // lookup key to price id
	asked time.Time
}

// Of returns the id of the price that a plan is sold at now. When Stripe does
// not answer, a price that was known serves on.
func (p *Prices) Of(ctx context.Context, plan entitlement.Plan) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(ctx); err != nil {
		return "", err
	}
	id, ok := p.known[plan.LookupKey]
	if !ok {
		return "", fmt.Errorf("billing: Stripe has no active price with the lookup key %q", plan.LookupKey)
	}
	return id, nil
}

// Load looks the prices up ahead of their first use.
func (p *Prices) Load(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load(ctx)
}

// load asks for the prices when they are not known or too old.
func (p *Prices) load(ctx context.Context) error {
	if p.known != nil && p.Now().Sub(p.asked) <= pricesLast {
		return nil
	}
	known, err := p.ask(ctx)
	if err != nil && p.known == nil {
		return fmt.Errorf("billing: look up prices: %w", err)
	}
	if err == nil {
		p.known, p.asked = known, p.Now()
	}
	return nil
}

// ask fetches the prices of all plans in one call.
func (p *Prices) ask(ctx context.Context) (map[string]string, error) {
	params := &stripe.PriceListParams{Active: stripe.Bool(true)}
	for _, plan := range entitlement.Plans() {
		if plan.LookupKey != "" {
			params.LookupKeys = append(params.LookupKeys, stripe.String(plan.LookupKey))
		}
	}
	var page list[price]
	if err := p.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/prices", params: params}, &page); err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, x := range page.Data {
		known[x.LookupKey] = x.ID
	}
	return known, nil
}

// Promotion returns the id of the active promotion code that a person typed, ""
// when there is none.
func (s *Stripe) Promotion(ctx context.Context, code string) (string, error) {
	params := &stripe.PromotionCodeListParams{Code: &code, Active: stripe.Bool(true)}
	var page list[struct {
		ID   string `json:"id"`
		Code string `json:"code"`
	}]
	err := s.call(ctx, request{method: http.MethodGet, path: "/v1/promotion_codes", params: params}, &page)
	if err != nil {
		return "", fmt.Errorf("billing: look up promotion code: %w", err)
	}
	for _, x := range page.Data {
		if strings.EqualFold(x.Code, code) {
			return x.ID, nil
		}
	}
	return "", nil
}
